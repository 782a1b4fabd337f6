// The liquidity test of the facility agreement, as the treasury's tool computes it.
// Amounts are in millions of euro; a test date is the last day of a quarter.

export interface Source {
  name: string;
  amount: number;
  drawn: boolean;
  committed: boolean;
  lender: "bank" | "group" | "jointVenture";
}

export interface TestDate {
  day: string;
  cash: number;
  sources: Source[];
  outflows: number; // projected, net, over ninety days
}

/** What clause 21.2 asks for, in per cent of projected net outflows. */
export const REQUIRED = 115;

/** Below this the treasurer tells the Audit Committee. */
export const WARNING = 122;

/**
 * Whether a source may be counted.
 *
 * Clause 21.4 disregards money from the group and from joint ventures unless the
 * Majority Lenders have agreed in writing; `consents` holds the names they agreed to.
 */
export function counts(source: Source, consents: ReadonlySet<string>): boolean {
  if (source.drawn || !source.committed) {
    return consents.has(source.name);
  }
  return source.lender === "bank" || consents.has(source.name);
}

/** The buffer in per cent of projected net outflows, rounded down to a tenth. */
export function buffer(date: TestDate, consents: ReadonlySet<string>): number {
  if (date.outflows <= 0) {
    throw new RangeError(`no outflows are projected for ${date.day}`);
  }
  const available = date.sources
    .filter((source) => counts(source, consents))
    .reduce((sum, source) => sum + source.amount, date.cash);
  return Math.floor((available / date.outflows) * 1000) / 10;
}

export type Verdict = "passed" | "passed, tell the committee" | "failed";

export function verdict(date: TestDate, consents: ReadonlySet<string>): Verdict {
  const percent = buffer(date, consents);
  if (percent < REQUIRED) {
    return "failed";
  }
  return percent < WARNING ? "passed, tell the committee" : "passed";
}
