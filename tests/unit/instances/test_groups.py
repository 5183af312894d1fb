import re
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instances.catalog import INSTANCES, find
from instances.groups import all_streams, group_of, stream_of, streams_of
from instances.spec import (
    FAMILY_MAX_PARTS,
    FIREHOSE,
    BadRow,
    Criticality,
    Example,
    Family,
    InstanceSpec,
    Volume,
)
from instances.topics import Pattern, check_topic

# As channels.layers.BaseChannelLayer has it, which also wants fewer than 100 characters.
CHANNELS_GROUP_NAME = re.compile(r"^[a-zA-Z\d\-_.]+$")


def instance_with(*families: Family, name: str = "busy") -> InstanceSpec:
    return InstanceSpec(
        name=name,
        title="Busy",
        purpose="An instance of a test.",
        families=families,
        use_cases=("Testing",),
        volume=Volume.VERY_HIGH,
        volume_note="Many",
        criticality=Criticality.LOW,
        criticality_note="None",
        example=Example(topic=families[0].name, event_type="tested", data={}, metadata={}),
        delivery=FIREHOSE,
    )


BUSY = instance_with(
    Family("logs:{service}:{level}", "Split in five.", parts=5),
    Family("metrics:{component}", "Split in two.", parts=2),
    Family("quiet:{component}", "Whole."),
)

specs = st.sampled_from([*INSTANCES, BUSY])
words = st.sampled_from(["a", "b", "prod", "x@y/z"])


@st.composite
def topics_and_patterns(draw: st.DrawFn, *, must_match: bool) -> tuple[InstanceSpec, str, Pattern]:
    spec = draw(specs)
    families = st.sampled_from([family.name for family in spec.families]) | st.sampled_from(["undeclared", "_other"])
    segments = [draw(families), *draw(st.lists(words, max_size=7))]
    topic = check_topic(":".join(segments))
    if must_match:
        stars = draw(st.lists(st.booleans(), min_size=len(segments), max_size=len(segments)))
        wild = ["*" if star else segment for star, segment in zip(stars, segments, strict=True)]
        if draw(st.booleans()):
            wild = [*wild[: draw(st.integers(0, len(wild) - 1))], "*"]
    else:
        wild = [draw(families | st.just("*")), *draw(st.lists(words | st.just("*"), max_size=7))]
    return spec, topic, Pattern(":".join(wild))


class TestMapper:
    @settings(max_examples=500)
    @given(topics_and_patterns(must_match=True))
    def test_finds_the_stream_of_every_topic_that_a_pattern_matches(
        self, case: tuple[InstanceSpec, str, Pattern]
    ) -> None:
        spec, topic, pattern = case

        assert pattern.matches(topic)
        assert stream_of(spec, topic) in streams_of(spec, pattern)

    @given(topics_and_patterns(must_match=False))
    def test_keeps_the_law_for_any_topic_and_any_pattern(self, case: tuple[InstanceSpec, str, Pattern]) -> None:
        spec, topic, pattern = case

        assert not pattern.matches(topic) or stream_of(spec, topic) in streams_of(spec, pattern)

    @given(topics_and_patterns(must_match=False))
    def test_gives_streams_of_the_instance_and_each_once(self, case: tuple[InstanceSpec, str, Pattern]) -> None:
        spec, topic, pattern = case
        streams = streams_of(spec, pattern)

        assert stream_of(spec, topic) in all_streams(spec)
        assert set(streams) <= set(all_streams(spec))
        assert len(set(streams)) == len(streams)
        assert len(set(all_streams(spec))) == len(all_streams(spec))

    @given(topics_and_patterns(must_match=False))
    def test_gives_few_streams(self, case: tuple[InstanceSpec, str, Pattern]) -> None:
        spec, _, pattern = case
        first = pattern.segments[0]
        family = spec.family(first)
        parts = family.parts if family else 1

        expected = 1 if pattern.literal else len(all_streams(spec)) if first == "*" else parts
        assert len(streams_of(spec, pattern)) == expected


class TestStreamOf:
    def test_is_named_after_the_family(self) -> None:
        health = find("health")

        assert stream_of(health, "subscription_health:prod:users") == "health.subscription_health"
        assert stream_of(health, "subscription_health") == "health.subscription_health"

    def test_is_one_for_all_undeclared_families(self) -> None:
        health = find("health")

        assert stream_of(health, "subscription_helth:prod") == "health._other"
        assert stream_of(health, "a@b/c.d:x") == "health._other"
        assert stream_of(health, "_other:x") == "health._other"

    def test_of_a_split_family_is_the_part_that_the_topics_crc32_names(self) -> None:
        for topic in ("logs:web:info", "logs:web:error", "logs:db:info"):
            assert stream_of(BUSY, topic) == f"busy.logs.{crc32(topic.encode()) % 5}"

    def test_spreads_a_split_family_over_all_its_parts(self) -> None:
        topics = [f"logs:service-{number}:info" for number in range(1_000)]

        per_part = [sum(stream_of(BUSY, topic) == f"busy.logs.{part}" for topic in topics) for part in range(5)]

        assert sum(per_part) == 1_000
        assert min(per_part) > 100

    def test_differs_between_instances(self) -> None:
        names = [stream for spec in INSTANCES for stream in all_streams(spec)]

        assert len(set(names)) == len(names)


class TestStreamsOf:
    @pytest.mark.parametrize(
        ("pattern", "streams"),
        [
            ("logs:web:info", (stream_of(BUSY, "logs:web:info"),)),
            ("logs:*", tuple(f"busy.logs.{part}" for part in range(5))),
            ("logs:*:error", tuple(f"busy.logs.{part}" for part in range(5))),
            ("quiet:*", ("busy.quiet",)),
            ("unheard_of:*", ("busy._other",)),
            ("unheard_of", ("busy._other",)),
            ("*:x", all_streams(BUSY)),
            ("*", all_streams(BUSY)),
        ],
    )
    def test_are_those_that_can_hold_a_match(self, pattern: str, streams: tuple[str, ...]) -> None:
        assert streams_of(BUSY, Pattern(pattern)) == streams

    def test_of_an_instance_are_its_families_and_the_undeclared(self) -> None:
        assert all_streams(find("audit")) == (
            "audit.audit_trail",
            "audit.compliance_events",
            "audit._other",
        )
        assert len(all_streams(BUSY)) == 5 + 2 + 1 + 1


class TestGroupOf:
    def test_is_the_stream_under_the_hubs_own_prefix(self) -> None:
        assert group_of("health.subscription_health") == "gaterhub.health.subscription_health"

    @pytest.mark.parametrize("spec", INSTANCES, ids=lambda spec: spec.name)
    def test_is_a_name_that_channels_accepts(self, spec: InstanceSpec) -> None:
        for stream in all_streams(spec):
            assert CHANNELS_GROUP_NAME.match(group_of(stream))
            assert len(group_of(stream)) < 100

    def test_is_short_enough_even_for_the_longest_names(self) -> None:
        longest = instance_with(Family("f" * 64, "Long.", parts=FAMILY_MAX_PARTS), name="i" * 20)

        assert max(len(group_of(stream)) for stream in all_streams(longest)) < 100

    @given(st.text(min_size=1, max_size=70), st.integers(1, 3))
    def test_is_valid_for_every_family_that_may_be_declared(self, name: str, parts: int) -> None:
        try:
            family = Family(name, "Whatever.", parts=parts)
        except BadRow:
            return
        for stream in all_streams(instance_with(family)):
            assert CHANNELS_GROUP_NAME.fullmatch(group_of(stream))
