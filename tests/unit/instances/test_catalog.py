import json
import subprocess
import sys
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from instances import catalog
from instances.catalog import INSTANCES, NAMES, UnknownInstance, find, names_of, warning_for
from instances.spec import BadRow, Family, InstanceSpec, Overflow
from instances.topics import Pattern, check_topic

every_row = pytest.mark.parametrize("row", INSTANCES, ids=lambda row: row.name)

# The topics of the specification, as it writes them, with #{x} as {x}.
TYPICAL_TOPICS = {
    "events": [
        "event_stream:{stream_id}",
        "projection_updates:{projection_name}",
        "aggregate_events:{aggregate_id}",
    ],
    "system": ["system_status:{component}", "configuration_changes:{service}", "service_discovery:{node}"],
    "logging": ["logs:{service}:{level}", "structured_logs:{component}", "error_reports:{service}"],
    "health": [
        "subscription_health:{store_id}:{subscription_name}",
        "process_health:{component}",
        "circuit_breaker_status:{service}",
    ],
    "metrics": [
        "subscription_metrics:{store_id}:{subscription_name}",
        "performance_metrics:{component}",
        "throughput_stats:{service}",
    ],
    "security": [
        "security_events:authentication",
        "security_events:authorization",
        "threat_detection:{service}",
        "access_violations:{resource}",
    ],
    "audit": ["audit_trail:user_actions", "audit_trail:admin_operations", "compliance_events:{regulation}"],
    "alerts": ["system_alerts:critical", "system_alerts:warning", "incident_alerts:{severity}"],
    "diagnostics": [
        "diagnostics:performance_trace",
        "diagnostics:memory_analysis",
        "diagnostics:connection_pool",
    ],
    "lifecycle": [
        "process_lifecycle:subscription_proxies",
        "process_lifecycle:supervisors",
        "process_lifecycle:{component}",
    ],
}

VOLUME_AND_CRITICALITY = {
    "events": ("high", "high"),
    "system": ("medium", "medium"),
    "logging": ("very_high", "medium"),
    "health": ("medium", "high"),
    "metrics": ("very_high", "medium"),
    "security": ("low_to_medium", "very_high"),
    "audit": ("medium", "very_high"),
    "alerts": ("low", "very_high"),
    "diagnostics": ("variable", "low"),
    "lifecycle": ("medium", "high"),
}

# name: overflow, urgent, gives up, layer, history events, history seconds
CLASSES = {
    "evidence": (Overflow.CLOSE, False, None, "evidence", None, None),
    "page": (Overflow.CLOSE, True, None, "evidence", None, None),
    "record": (Overflow.CLOSE, False, None, "default", 10_000, 21_600),
    "state": (Overflow.CONFLATE, False, 3, "default", 10_000, 21_600),
    "firehose": (Overflow.DROP_OLDEST, False, 2, "default", 20_000, 600),
    "debug": (Overflow.DROP_NEWEST, False, 1, "default", 500, 60),
}
CLASS_OF = {
    "audit": "evidence",
    "security": "evidence",
    "alerts": "page",
    "events": "record",
    "lifecycle": "record",
    "system": "record",
    "health": "state",
    "logging": "firehose",
    "metrics": "firehose",
    "diagnostics": "debug",
}


class TestCatalog:
    def test_has_the_ten_in_the_order_of_the_specification(self) -> None:
        expected = "events system logging health metrics security audit alerts diagnostics lifecycle"

        assert [row.name for row in INSTANCES] == expected.split()
        assert tuple(expected.split()) == NAMES

    @every_row
    def test_has_only_complete_rows(self, row: InstanceSpec) -> None:
        texts = [row.title, row.purpose, row.volume_note, row.criticality_note, row.volume.label]
        texts += [row.criticality.label, *row.use_cases, *row.aliases]
        texts += [family.purpose for family in row.families]

        assert all(text.strip() == text and text for text in texts)
        assert len(row.use_cases) >= 3
        assert row.aliases == (f"ex_esdb_{row.name}",)
        assert row.purpose.endswith(".")

    @every_row
    def test_declares_the_families_of_the_specification(self, row: InstanceSpec) -> None:
        declared = {(family.name, len(family.parameters)) for family in row.families}
        typical = {(topic.split(":")[0], topic.count(":")) for topic in TYPICAL_TOPICS[row.name]}

        assert typical == declared
        for topic in TYPICAL_TOPICS[row.name]:
            filled = check_topic(topic.replace("{", "").replace("}", ""))
            assert warning_for(row, filled) is None

    @every_row
    def test_keeps_the_parameters_that_the_specification_names(self, row: InstanceSpec) -> None:
        templates = {family.template for family in row.families}
        variable = [topic for topic in TYPICAL_TOPICS[row.name] if "{" in topic]

        assert set(variable) <= templates

    @every_row
    def test_gives_an_example_that_could_be_published(self, row: InstanceSpec) -> None:
        example = row.example
        family = row.family(check_topic(example.topic).split(":")[0])

        assert family is not None
        stars = Pattern(":".join([family.name, *("*" for _ in family.parameters)]))
        assert stars.matches(example.topic)
        assert example.topic.count(":") == len(family.parameters)
        assert example.event_type
        assert example.data
        assert example.metadata
        whole = {"data": example.data, "metadata": example.metadata}
        assert json.loads(json.dumps(whole, allow_nan=False)) == whole
        assert len(json.dumps(whole)) < row.limits.event_bytes

    @every_row
    def test_gives_the_volume_and_criticality_of_the_specification(self, row: InstanceSpec) -> None:
        assert (row.volume, row.criticality) == VOLUME_AND_CRITICALITY[row.name]

    @every_row
    def test_gives_each_instance_its_delivery_class(self, row: InstanceSpec) -> None:
        kind = row.delivery

        assert kind.name == CLASS_OF[row.name]
        assert CLASSES[kind.name] == (
            kind.overflow,
            kind.urgent,
            kind.gives_up,
            kind.layer,
            kind.history_events,
            kind.history_seconds,
        )
        assert kind.acknowledged.startswith("after the ")

    @every_row
    def test_holds_the_limits_of_the_contract(self, row: InstanceSpec) -> None:
        limits = row.limits

        assert (limits.event_bytes, limits.depth) == (65_536, 64)
        assert (limits.batch_events, limits.body_bytes) == (1_000, 4_194_304)

    def test_cannot_be_changed_while_running(self) -> None:
        with pytest.raises(FrozenInstanceError):
            INSTANCES[0].title = "Something else"  # type: ignore[misc]  # This is what must fail.

    def test_imports_nothing_but_the_standard_library_and_its_own_words(self) -> None:
        script = (
            "import sys; before = set(sys.modules); import instances.catalog, instances.groups;"
            "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}"
            " - set(sys.stdlib_module_names)))"
        )
        root = Path(catalog.__file__).parent.parent

        loaded = subprocess.run(
            [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True, timeout=60
        )

        assert loaded.stdout.split() == ["instances"]


class TestFind:
    @every_row
    def test_knows_an_instance_by_all_its_names(self, row: InstanceSpec) -> None:
        for name in (row.name, f":{row.name}", f"ex_esdb_{row.name}", f":ex_esdb_{row.name}"):
            assert find(name) is row

    @pytest.mark.parametrize(
        ("name", "neighbour"),
        [
            ("helth", "health"),
            ("metric", "metrics"),
            (":Audit", "audit"),
            ("ex_esdb_helth", "ex_esdb_health"),
            ("log", None),
            ("zzz", None),
            ("", None),
            ("::health", "health"),
            ("health\n", "health"),
        ],
    )
    def test_names_the_neighbour_of_an_unknown_name_and_lists_the_ten(self, name: str, neighbour: str | None) -> None:
        with pytest.raises(UnknownInstance) as refused:
            find(name)

        assert refused.value.code == "unknown_instance"
        assert refused.value.message.startswith(f"There is no instance {json.dumps(name)}")
        guess = f'did you mean "{neighbour}"?'
        assert (guess in refused.value.message) if neighbour else ("did you mean" not in refused.value.message)
        assert f"The instances are {', '.join(NAMES)}." in refused.value.message

    @pytest.mark.parametrize("name", [None, 3, ["health"], b"health"])
    def test_refuses_what_is_no_text(self, name: object) -> None:
        with pytest.raises(UnknownInstance, match=f"not {type(name).__name__}"):
            find(name)  # type: ignore[arg-type]  # A frame's JSON can hold anything here.

    def test_keeps_its_message_short_whatever_was_asked(self) -> None:
        with pytest.raises(UnknownInstance) as refused:
            find("\0\N{GRINNING FACE}" * 1_000_000)

        assert len(refused.value.message) < 1_500
        assert refused.value.message.isascii()


class TestWarningFor:
    def test_is_none_for_a_declared_family(self) -> None:
        assert warning_for(find("health"), "subscription_health:prod:users") is None
        assert warning_for(find("health"), "subscription_health") is None

    def test_names_the_neighbour_of_a_likely_typo(self) -> None:
        assert warning_for(find("health"), "subscription_helth:prod:users") == (
            'the family "subscription_helth" isn\'t declared for health; did you mean "subscription_health"?'
        )

    def test_names_the_instance_that_the_family_belongs_to(self) -> None:
        assert warning_for(find("health"), "process_lifecycle:web") == (
            'the family "process_lifecycle" isn\'t declared for health; it belongs to lifecycle'
        )

    def test_lists_the_families_where_nothing_is_near(self) -> None:
        assert warning_for(find("audit"), "zzz:1") == (
            'the family "zzz" isn\'t declared for audit, which has audit_trail, compliance_events'
        )

    def test_remembers_a_bounded_number_of_families(self) -> None:
        remembered = catalog.undeclared.cache_info().maxsize
        assert remembered is not None

        for number in range(remembered + 50):
            warning_for(find("alerts"), f"unheard_of_{number}:x")

        assert catalog.undeclared.cache_info().currsize == remembered


class TestRows:
    def test_refuse_a_name_used_twice(self) -> None:
        first = INSTANCES[0]

        with pytest.raises(BadRow, match="'events' is used twice"):
            names_of((first, replace(first, aliases=())))

    def test_refuse_an_alias_used_twice(self) -> None:
        first, second, *_ = INSTANCES

        with pytest.raises(BadRow, match="'ex_esdb_events' is used twice, by 'events' and 'system'"):
            names_of((first, replace(second, aliases=first.aliases)))

    def test_refuse_an_alias_that_is_another_instances_name(self) -> None:
        first, second, *_ = INSTANCES

        with pytest.raises(BadRow, match="'events' is used twice"):
            names_of((first, replace(second, aliases=("events",))))

    def test_refuse_a_family_declared_twice(self) -> None:
        family = Family("event_stream:{other}", "Again.")

        with pytest.raises(BadRow, match="'events' declares the family 'event_stream' twice"):
            replace(INSTANCES[0], families=(*INSTANCES[0].families, family))

    def test_refuse_an_example_outside_their_families(self) -> None:
        first, second, *_ = INSTANCES

        with pytest.raises(BadRow, match="belongs to none of its families"):
            names_of((replace(first, example=second.example),))

    @pytest.mark.parametrize("name", ["", "Health", "a.b", "x" * 21, "_x", "health\n"])
    def test_refuse_an_instance_name_that_no_group_can_carry(self, name: str) -> None:
        with pytest.raises(BadRow, match="needs a name of 1 to 20 small letters"):
            replace(INSTANCES[0], name=name)

    def test_take_a_new_family_as_one_line(self) -> None:
        family = Family("sagas:{saga_id}:{step}", "A step of a saga.")

        row = replace(INSTANCES[0], families=(*INSTANCES[0].families, family))

        assert warning_for(row, "sagas:7:paid") is None
        assert row.family("sagas") is family
        assert INSTANCES[0].family("sagas") is None
