"""The exercises of chapter 1, Flatten and rearrange."""

from lab.exercises.engine import Exercise
from lab.exercises.kinds import Pattern

EXERCISES = [
    Exercise(
        number="1.2",
        title="Translate",
        kind=Pattern(
            "b h w c -> b (c h w)",
            {
                "b h w c -> b (h w c)": "This is what Keras' `Flatten` does: the "
                "channel runs fastest. In PyTorch's order it runs slowest.",
                "b c h w -> b (c h w)": "On the left stand the axes of your pictures, "
                "and their channels come last: here the height is taken for c.",
                "b h w c -> b (c w h)": "The channel is slowest, as it should be, but "
                "within a channel you read down the columns.",
                "b h w c -> b c h w": "The axes are in PyTorch's order, but not yet "
                "joined: brackets make one axis of them.",
                "b h w c -> (b c h w)": "Every picture must keep its own row, and you "
                "joined the batch with the rest.",
                "b h w c -> b (h c w)": "Within a row your channels come before the "
                "columns, but the rows still stand outside the channels.",
            },
            shape=(2, 3, 4, 5),
            axes="b flat",
        ),
        why="Your axes stand on the left, PyTorch's order on the right: the channel "
        "is slowest, the column fastest. No transposition is needed before it.",
        hints=(
            "PyTorch reads its tensor as it lies, the last axis fastest. Which axis "
            "of `b c h w` is slowest within a picture, and which fastest?",
            "On the left stand your axes, as they are. On the right stands one pair "
            "of brackets, with three axes in PyTorch's order.",
        ),
        answer="On the left stand your axes, on the right PyTorch's order.\n\n"
        "```python\n"
        'pattern = "b h w c -> b (c h w)"\n'
        "q.check(pattern)\n"
        "```\n\n"
        "No transposition is needed before it: the pattern does both at once.",
    ),
]
