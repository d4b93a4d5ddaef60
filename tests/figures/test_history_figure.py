"""The picture of loss and accuracy over the epochs."""

from __future__ import annotations

from zoo.figures.history import draw_history

COLUMNS = {
    "epoch": [1, 2, 3],
    "loss": [1.9, 1.5, 1.2],
    "val_loss": [1.8, 1.6, 1.7],
    "accuracy": [0.2, 0.4, 0.5],
    "val_accuracy": [0.25, 0.45, 0.4],
}


def test_curves_carry_the_numbers_and_say_what_they_are(drawn, tmp_path):
    path = tmp_path / "history.png"
    for _ in range(2):  # a resumed run draws over its old picture
        draw_history(
            path, COLUMNS, best_epoch=2, title="cpcpcpfff on bars", train_faces=1234,
            validation_faces=56,
        )  # fmt: skip
    assert path.stat().st_size > 5000
    figure = drawn[0]
    assert figure.get_suptitle() == "cpcpcpfff on bars"
    loss, accuracy = figure.axes
    for axes, names in ((loss, ("loss", "val_loss")), (accuracy, ("accuracy", "val_accuracy"))):
        train, validation, best = axes.get_lines()
        assert list(train.get_ydata()) == COLUMNS[names[0]]
        assert list(validation.get_ydata()) == COLUMNS[names[1]]
        assert set(best.get_xdata()) == {2}
        assert axes.get_xlabel() == "epoch"
        assert names[0] in axes.get_ylabel()
    texts = [text.get_text() for text in loss.get_legend().get_texts()]
    assert texts == ["train, n = 1,234", "validation, n = 56", "best epoch, 2"]
