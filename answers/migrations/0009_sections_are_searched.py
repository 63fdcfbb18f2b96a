from typing import Any

from django.db import migrations


def drop_index(apps: Any, schema_editor: Any) -> None:
    """Drop the full-text index; it is made anew, with sections, after migrating."""
    with schema_editor.connection.cursor() as cursor:
        for trigger in ("in", "out", "moved"):
            cursor.execute(f"DROP TRIGGER IF EXISTS passage_words_{trigger}")
        cursor.execute("DROP TABLE IF EXISTS passage_words")


class Migration(migrations.Migration):
    dependencies = [("answers", "0008_review_desk")]

    operations = [migrations.RunPython(drop_index, drop_index)]
