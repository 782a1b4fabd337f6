"""A made report of sections with headings."""

from made_files import word

WORDS = ["north", "south", "east", "west", "alpha", "beta", "gamma", "delta"]


def report(sections=8):
    """A document of sections with headings."""
    parts = []
    for n in range(sections):
        name = WORDS[n % len(WORDS)]
        parts.append(("Heading 1", f"Part {n} {name}"))
        parts.append(f"The {name} covenant demands that the {name} buffer covers the loans.")
        parts.append(f"Every quarter the {name} directors test whether it does so in full.")
    return word(*parts)
