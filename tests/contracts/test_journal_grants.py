"""Every table of the journal has its row in the table of who may do what."""

from django.apps import apps

from instances.journal.grants import GRANTS
from instances.journal.guards import GUARDED


class TestGrants:
    def test_have_a_row_for_each_table_of_the_journal(self) -> None:
        models = {model.__name__ for model in apps.get_app_config("journal").get_models()}

        assert models - set(GRANTS) == set(), "Say in instances/journal/grants.py who may do what with it."
        assert set(GRANTS) - models == set()

    def test_let_nobody_change_what_is_only_added_to(self) -> None:
        for name, given in GUARDED.items():
            allowed = GRANTS[name]
            listed = ", ".join(f'"{column}"' for column in given)
            places = f"UPDATE ({listed})" if given else "INSERT"

            assert (allowed.app.removesuffix(", INSERT"), allowed.sequencer) == ("SELECT", places), name

    def test_keep_the_keys_of_personal_values_from_auditors(self) -> None:
        assert {name for name, allowed in GRANTS.items() if allowed.auditor != "SELECT"} == {
            "SubjectKey",
            "JournalSecret",
        }

    def test_let_nobody_delete(self) -> None:
        said = [f"{allowed.app} {allowed.sequencer} {allowed.auditor}" for allowed in GRANTS.values()]

        assert not [each for each in said if "DELETE" in each or "TRUNCATE" in each or "TRIGGER" in each]
