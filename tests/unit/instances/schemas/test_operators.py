from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from instances import config
from instances.error_codes import Refusal
from instances.models import DeprecatedUse, DomainType, DomainTypeVersion
from instances.schemas import loading, operators
from instances.schemas.operators import Description, change_version, delete_type, register_type, register_version
from instances.schemas.registry import registered, types_of
from instances.schemas.words import Compatibility

pytestmark = pytest.mark.django_db

ORDER = Description(title="Order paid", purpose="An order is paid.", topic="aggregate_events:{aggregate_id}")


def thing(*required: str, **properties: Any) -> dict[str, Any]:
    kinds = {name: {"type": kind} for name, kind in properties.items()}
    return {"type": "object", "properties": kinds, "required": list(required)}


ONE = thing("sum", sum="number", note="string")
TWO = thing("total", total="number", note="string")
RENAME = {"rename": {"sum": "total"}}


def paid(**words: Any) -> None:
    given: dict[str, Any] = {"data_schema": ONE, "by": "ann", **words}
    register_type("events", given.pop("name", "order_paid"), given.pop("description", ORDER), **given)


def refusal(code: str, message: str) -> Any:
    return pytest.raises(Refusal, match=message, check=lambda error: error.code == code)


class TestRegisteringAType:
    def test_makes_it_known_at_once_with_version_1(self) -> None:
        paid()

        known = registered("events", "order_paid")
        assert known is not None
        assert (known.source, known.newest, known.parameters) == ("operator", 1, ("aggregate_id",))
        with refusal("bad_schema", r"`data.sum` is missing"):
            known.check(1, {}, {})

    def test_keeps_the_fields_in_their_order_and_says_by_whom(self) -> None:
        paid(data_schema=thing(z="string", a="string"))

        row = DomainTypeVersion.objects.select_related("domain_type").get()
        assert row.data_schema.index('"z"') < row.data_schema.index('"a"')
        assert (row.created_by, row.domain_type.updated_by) == ("ann", "ann")

    def test_is_for_instances_that_take_them(self) -> None:
        with refusal("conflict", "event types of health are the catalog's; operators register theirs in events"):
            register_type("health", "order_paid", ORDER, data_schema=ONE, by="ann")

    @pytest.mark.parametrize("name", ["", "order paid", "-paid", "x" * 129, "paid\n"])
    def test_refuses_a_name_that_no_event_can_have(self, name: str) -> None:
        with refusal("bad_request", "event type"):
            paid(name=name)

    def test_refuses_a_name_of_the_catalog(self) -> None:
        name = types_of("events")[0].name

        with refusal("conflict", f"The catalog declares {name}"):
            paid(name=name)

    def test_refuses_a_name_that_is_taken(self) -> None:
        paid()

        with refusal("conflict", "register its next version"):
            paid()

    @pytest.mark.parametrize("topic", ["nonesuch:{id}", "aggregate_events:{a b}", "aggregate_events:", "{id}"])
    def test_refuses_a_topic_outside_the_families(self, topic: str) -> None:
        with refusal("bad_topic", "The topic"):
            paid(description=Description(title="A", purpose="B", topic=topic))

    @pytest.mark.parametrize("text", ["", "  ", "a\0b", "x" * 101])
    def test_refuses_a_title_that_cannot_be_shown(self, text: str) -> None:
        with refusal("bad_request", "`title`"):
            paid(description=Description(title=text, purpose="B"))

    @pytest.mark.parametrize(
        ("schema", "why"),
        [
            ([], "must be a JSON object"),
            ({"type": "strin"}, "strin"),
            ({"requird": ["a"]}, "probably 'required' is meant"),
            ({"$ref": "https://example.org/s"}, "references within it are followed|refers to none"),
            ({"$schema": "http://json-schema.org/draft-07/schema#"}, "only https://json-schema.org/draft/2020-12"),
            ({"$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"}, "refers to itself"),
            ({"$ref": "#"}, "refers to none of its own definitions"),
            ({"description": "x" * 70_000}, "at most 65,536"),
            ({"properties": {"": {}}}, "printable characters"),
        ],
    )
    def test_refuses_what_is_no_schema_that_can_be_registered(self, schema: Any, why: str) -> None:
        with refusal("bad_schema", why):
            paid(data_schema=schema)

    def test_refuses_a_schema_that_nests_too_deep(self) -> None:
        schema: dict[str, Any] = {}
        for _ in range(20):
            schema = {"properties": {"a": schema}}

        with refusal("bad_schema", "nests deeper than 32"):
            paid(data_schema=schema)

    def test_refuses_a_short_schema_that_asks_for_endless_work(self) -> None:
        defs: dict[str, Any] = {"d0": {}}
        for number in range(1, 15):
            defs[f"d{number}"] = {"allOf": [{"$ref": f"#/$defs/d{number - 1}"}] * 2}

        with refusal("bad_schema", "over 5,000 parts"):
            paid(data_schema={"$defs": defs, "$ref": "#/$defs/d14"})

    def test_refuses_metadata_that_is_no_object(self) -> None:
        with refusal("bad_schema", "metadata is always an object"):
            paid(metadata_schema={"type": "string"})

    def test_stops_at_the_limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(operators, "TYPES_MAX", 1)
        paid()

        with refusal("limit_exceeded", "no more are taken"):
            paid(name="order_lost")


class TestRegisteringAVersion:
    def test_reads_old_data_as_the_new_version(self) -> None:
        paid()

        register_version("events", "order_paid", 2, data_schema=TWO, step=RENAME, by="bob")

        known = registered("events", "order_paid")
        assert known is not None
        assert known.read_up(1, {"sum": 3}) == (2, {"total": 3})
        assert known.versions[2].step is None

    def test_needs_a_step_that_makes_old_data_fit(self) -> None:
        paid()

        with refusal("conflict", r"`data.total` is required in one only.*\"rename\":\{\"sum\":\"total\"\}"):
            register_version("events", "order_paid", 2, data_schema=TWO, step={}, by="bob")
        assert DomainTypeVersion.objects.count() == 1

    def test_refuses_a_step_that_nobody_can_read(self) -> None:
        paid()

        with refusal("bad_schema", "The step can't be read.*`renam`"):
            register_version("events", "order_paid", 2, data_schema=TWO, step={"renam": {}}, by="bob")

    @pytest.mark.parametrize("number", [1, 3])
    def test_has_the_next_number(self, number: int) -> None:
        paid()

        with refusal("conflict", "the next one is version 2"):
            register_version("events", "order_paid", number, data_schema=TWO, step=RENAME, by="bob")

    @pytest.mark.parametrize("mode", [Compatibility.FORWARD, Compatibility.FULL])
    def test_lets_older_readers_read_it_where_the_type_promises_so(self, mode: Compatibility) -> None:
        description = Description(title="A", purpose="B", compatibility=mode)
        paid(description=description)

        with refusal("conflict", "`data.sum` is required in one only, so readers of what was before"):
            register_version("events", "order_paid", 2, data_schema=TWO, step=RENAME, by="bob")

    def test_need_not_take_old_data_where_only_older_readers_count(self) -> None:
        paid(description=Description(title="A", purpose="B", compatibility=Compatibility.FORWARD))

        register_version("events", "order_paid", 2, data_schema=thing("sum", sum="integer"), step={}, by="bob")

        known = registered("events", "order_paid")
        assert known is not None
        assert known.newest == 2

    def test_keeps_the_metadata_of_the_version_before(self) -> None:
        paid(metadata_schema=thing(node="string"))

        register_version("events", "order_paid", 2, data_schema=TWO, step=RENAME, by="bob")

        known = registered("events", "order_paid")
        assert known is not None
        assert "node" in known.versions[2].metadata_schema["properties"]

    def test_stops_at_the_limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(operators, "VERSIONS_MAX", 1)
        paid()

        with refusal("limit_exceeded", "no more are taken"):
            register_version("events", "order_paid", 2, data_schema=TWO, step=RENAME, by="bob")


class TestChangingAVersion:
    def test_adds_to_it(self) -> None:
        paid()

        change_version(
            "events", "order_paid", 1, data_schema=thing("sum", sum="number", note="string", by="string"), by="bob"
        )

        known = registered("events", "order_paid")
        assert known is not None
        assert "by" in known.versions[1].data_schema["properties"]
        assert DomainTypeVersion.objects.get().updated_by == "bob"

    def test_refuses_anything_else_and_says_what_would_be_right(self) -> None:
        paid()

        with refusal("conflict", r"`data.sum` is removed.*Register it as version 2, with a step"):
            change_version("events", "order_paid", 1, data_schema=TWO, by="bob")

    def test_suggests_a_step_from_the_newest_version(self) -> None:
        paid()
        register_version("events", "order_paid", 2, data_schema=TWO, step=RENAME, by="bob")

        with refusal("conflict", r"as version 3, with a step.*data of version 2.*\"rename\":\{\"total\":\"amount\"\}"):
            change_version(
                "events", "order_paid", 1, data_schema=thing("amount", amount="number", note="string"), by="bob"
            )

    def test_keeps_the_step_to_the_next_version_true(self) -> None:
        paid()
        register_version(
            "events", "order_paid", 2, data_schema=thing("total", total="number", by="number"), step=RENAME, by="bob"
        )

        with refusal("conflict", "`data.by` may be string"):
            change_version(
                "events", "order_paid", 1, data_schema=thing("sum", sum="number", note="string", by="string"), by="bob"
            )

    def test_mends_a_step(self) -> None:
        paid()
        register_version("events", "order_paid", 2, data_schema=TWO, step=RENAME, by="bob")

        change_version("events", "order_paid", 1, step={**RENAME, "default": {"note": "none"}}, by="bob")

        known = registered("events", "order_paid")
        assert known is not None
        assert known.read_up(1, {"sum": 3}) == (2, {"total": 3, "note": "none"})

    def test_has_no_step_from_the_newest(self) -> None:
        paid()

        with refusal("conflict", "is the newest"):
            change_version("events", "order_paid", 1, step={}, by="bob")

    def test_deprecates_it_and_takes_that_back(self) -> None:
        paid()

        change_version("events", "order_paid", 1, deprecated="Since May; send order_settled.", by="bob")
        known = registered("events", "order_paid")
        assert known is not None
        assert known.versions[1].deprecated == "Since May; send order_settled."

        change_version("events", "order_paid", 1, deprecated=None, by="bob")
        known = registered("events", "order_paid")
        assert known is not None
        assert known.versions[1].deprecated is None

    @pytest.mark.parametrize(("name", "number"), [("nonesuch", 1), ("order_paid", 7)])
    def test_finds_only_what_is_there(self, name: str, number: int) -> None:
        paid()

        with refusal("not_found", name):
            change_version("events", name, number, by="bob")


class TestDeletingAType:
    def test_waits_until_all_versions_were_deprecated_for_a_week(self) -> None:
        paid()
        with refusal("conflict", "deprecate all of its versions"):
            delete_type("events", "order_paid")
        change_version("events", "order_paid", 1, deprecated="Gone soon.", by="bob")
        with refusal("conflict", "wait 7 days"):
            delete_type("events", "order_paid")

        delete_type("events", "order_paid", now=timezone.now() + timedelta(days=8))

        assert registered("events", "order_paid") is None
        assert not DomainTypeVersion.objects.exists()

    def test_is_refused_while_somebody_uses_it(self) -> None:
        paid()
        change_version("events", "order_paid", 1, deprecated="Gone soon.", by="bob")
        in_a_week = timezone.now() + timedelta(days=8)
        DeprecatedUse.objects.create(
            instance="events",
            event_type="order_paid",
            version=1,
            role="sender",
            name="shop",
            first_at=in_a_week,
            last_at=in_a_week,
        )

        with refusal("conflict", "used by shop"):
            delete_type("events", "order_paid", now=in_a_week)


class TestLoading:
    def test_leaves_a_row_out_that_can_not_be_compiled_and_keeps_the_others(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        paid()
        paid(name="order_lost")
        DomainTypeVersion.objects.filter(domain_type__name="order_lost").update(data_schema="{", revision=2)

        loading.load()

        assert registered("events", "order_lost") is None
        assert registered("events", "order_paid") is not None
        assert "events.order_lost can't be used" in caplog.text

    def test_compiles_nothing_that_is_as_it_was(self) -> None:
        paid()
        before = registered("events", "order_paid")
        loading.load()
        assert registered("events", "order_paid") is before

        paid(name="order_lost")

        after = registered("events", "order_paid")
        assert before is not None
        assert after is not None
        assert after.versions[1] is before.versions[1]

    def test_sees_a_deletion(self) -> None:
        paid()

        DomainType.objects.all().delete()
        loading.load()

        assert registered("events", "order_paid") is None

    def test_happens_whenever_the_configuration_is_read_anew(self) -> None:
        row = DomainType.objects.create(instance="events", name="order_paid", title="A", purpose="B")
        row.versions.create(number=1, data_schema="{}", metadata_schema="{}")
        assert registered("events", "order_paid") is None

        config.refresh_in_thread()

        assert registered("events", "order_paid") is not None

    def test_follows_a_commit(self, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            row = DomainType.objects.create(instance="events", name="order_paid", title="A", purpose="B")
            row.versions.create(number=1, data_schema="{}", metadata_schema="{}")
            assert registered("events", "order_paid") is None

        assert registered("events", "order_paid") is not None

    def test_leaves_the_last_types_standing_while_the_database_is_out(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def out() -> None:
            raise DatabaseError("out on purpose")

        paid()
        with monkeypatch.context() as broken:
            broken.setattr(loading, "_read_state", out)
            loading.load()

        assert registered("events", "order_paid") is not None
        assert "out on purpose" in caplog.text


class TestTheTables:
    @pytest.mark.parametrize(
        "columns",
        [{"name": ""}, {"title": ""}, {"purpose": ""}, {"compatibility": "sideways"}],
    )
    def test_refuse_a_type_that_says_nothing(self, columns: dict[str, str]) -> None:
        row = {"instance": "events", "name": "a", "title": "A", "purpose": "B", "compatibility": "full", **columns}

        with pytest.raises(IntegrityError), transaction.atomic():
            DomainType.objects.create(**row)

    def test_refuse_the_same_twice(self) -> None:
        paid()
        row = DomainType.objects.get()

        with pytest.raises(IntegrityError), transaction.atomic():
            DomainType.objects.create(instance="events", name="order_paid", title="A", purpose="B")
        with pytest.raises(IntegrityError), transaction.atomic():
            row.versions.create(number=1, data_schema="{}", metadata_schema="{}")
