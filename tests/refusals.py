"""What the tests of commands expect where one is refused."""

from click.testing import Result


def refused(result: Result, *words: str) -> None:
    """Whether the command ended with one line on stderr, exit code 2 and no traceback."""
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1, result.stderr
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.stderr
