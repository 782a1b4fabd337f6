"""Random conversations, the same on every machine, for tests of whatever reads or writes them."""

import json
import random

WORDS = [
    *("", "a", "Hello\n", "“x”", "<think>", "</think>", "｜DSML｜", "<｜User｜>", "  ", "\n\n"),
    *(
        "½ 数",
        "😀",
        "{",
        '"',
        "\\",
        "<",
        "</",
        ">",
        "é",
        "\u202e",
        "％",
        "\r\n",
        "{{x}}",
        "{% raw %}",
    ),
]
ERRANDS = ("action", "query", "authority", "domain", "title", "read_url")


class Chats:
    """Makes conversations as they are written for hosted services."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self._calls = 0

    def text(self, most: int = 4) -> str:
        return "".join(self.chance.choices(WORDS, k=self.chance.randrange(most)))

    def value(self, depth: int = 2):
        kind = self.chance.random()
        if depth == 0 or kind < 0.6:
            some = (self.text(), self.chance.randrange(-9, 10**6), self.chance.random() * 1e6)
            return self.chance.choice([*some, True, False, None])
        if kind < 0.8:
            return [self.value(depth - 1) for _ in range(self.chance.randrange(3))]
        return {self.text(): self.value(depth - 1) for _ in range(self.chance.randrange(3))}

    def tools(self) -> list[dict]:
        count = self.chance.randrange(1, 3)
        return [
            {
                "type": "function",
                "function": {
                    "name": f"f{n}",
                    "description": self.text(),
                    "parameters": self.value(),
                },
            }
            for n in range(count)
        ]

    def call(self, *, id_: bool = True, damaged: bool = False) -> dict:
        self._calls += 1
        values = {f"{self.text()}k{n}": self.value() for n in range(self.chance.randrange(4))}
        arguments = json.dumps(values, ensure_ascii=self.chance.random() < 0.5)
        call = {
            "type": "function",
            "function": {"name": "f" + self.text(), "arguments": arguments + "{" * damaged},
        }
        return {**call, "id": f"c{self._calls}"} if id_ else call

    def answer(self, calls: float) -> dict:
        message = {"role": "assistant", "content": self.text(), "reasoning_content": self.text()}
        if self.chance.random() < calls:
            message["tool_calls"] = [self.call() for _ in range(self.chance.randrange(3))]
        return message

    def usual(self, *, tools: bool) -> list[dict]:
        """System messages at the front, then what the user, the assistant and tools say."""
        systems = self.chance.choice((0, 1, 1, 1, 2, 3))
        chat = [{"role": "system", "content": self.text()} for _ in range(systems)]
        for _ in range(self.chance.randrange(7)):
            if self.chance.random() < 0.5:
                chat.append(self.answer(0.5 if tools else 0))
                chat += [
                    {"role": "tool", "content": self.text(), "tool_call_id": call["id"]}
                    for call in chat[-1].get("tool_calls", ())
                ]
            else:
                chat.append({"role": "user", "content": self.text()})
        return chat
