from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("answers", "0009_sections_are_searched")]

    operations = [
        migrations.AddConstraint(
            model_name="passage",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at", None)),
                fields=("library", "text_sha256", "title", "section"),
                name="one_current_passage_per_text_and_heading",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="passage", name="one_current_passage_per_text"
        ),
    ]
