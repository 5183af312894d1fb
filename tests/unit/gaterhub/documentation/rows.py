"""An instance with one type that has a bit of everything."""

from instances.schemas.registered import from_row
from instances.schemas.words import Field, Kind, Step, Types, Version

LEVELS = tuple(f"a_level_with_a_long_name_{number}" for number in range(6))
TYPES = Types("logging")
LOG_RECORD = TYPES.add(
    "log_record",
    title="Log record",
    purpose="A program has written a line.",
    topic="logs:{service}:{level}",
    severity="notice",
    deprecated="Since 0.9; use line_written.",
    data=(
        Field("level", Kind.TEXT, "How grave.", choices=LEVELS, severity=True),
        Field("message", Kind.TEXT, 'What it says, or "nothing" | null.', required=True),
        Field("took", Kind.NUMBER, "How long it took.", unit="ms", least=0, most=60_000),
        Field("frames", Kind.LIST, "Where.", fields=(Field("line", Kind.INTEGER, "The line.", least=1),)),
        Field("tags", Kind.LIST, "Words.", of=Kind.TEXT),
        Field("kind", Kind.TEXT, "Which.", choices=("a", "b")),
    ),
    metadata=(Field("user", Kind.TEXT, "Who.", personal=True),),
    example={"service": "orders", "level": LEVELS[0], "message": "It's late", "user": "ada"},
    earlier=(
        Version(
            data=(Field("message", Kind.TEXT, "What it says."), Field("seconds", Kind.NUMBER, "How long.")),
            step=Step(rename={"seconds": "took"}, scale={"took": 1000}, default={"message": ""}),
            deprecated="Since 0.8.",
        ),
    ),
)
REGISTERED = {"log_record": from_row(LOG_RECORD)}
ATTRIBUTES = {"log_record": "log_record"}
