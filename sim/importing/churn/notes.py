"""What an import understood, what it guessed, and what it left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Notes:
    """Sentences for whoever wants to know what became of the files, in the order of finding."""

    understood: list[str] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def sections(self) -> Iterator[tuple[str, list[str]]]:
        """(title, sentences), those without a sentence left out."""
        titles = ("understood", "guessed", "left out")
        for title, sentences in zip(
            titles, (self.understood, self.guessed, self.left_out), strict=True
        ):
            if sentences:
                yield title, sentences
