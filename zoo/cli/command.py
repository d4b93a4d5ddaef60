"""The group of all commands: what a user can mend becomes one line and an exit code."""

from __future__ import annotations

import errno
import io
import sys
from typing import IO, Any

import click

from zoo.errors import ZooError


class Refusal(click.ClickException):
    """What click shows as one line before it exits with the code."""

    def __init__(self, message: str, exit_code: int):
        super().__init__(" ".join(message.split()))
        self.exit_code = exit_code  # type: ignore[misc]  # click reads the instance's

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it, the command's name first."""
        click.echo(f"zoo: {self.message}", file=file, err=file is None)


class Command(click.Group):
    """The group of all commands; never shows a traceback for what a user can mend."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; refusals become one line and an exit code."""
        for stream in (sys.stdout, sys.stderr):  # "×" on an ASCII terminal is no reason to fail
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        try:
            return super().invoke(ctx)
        except ZooError as error:
            raise Refusal(str(error), error.exit_code) from error
        except KeyboardInterrupt:
            raise Refusal("interrupted", 130) from None
        except click.UsageError as error:
            where = error.ctx.command_path if error.ctx else "zoo"
            raise Refusal(f"{error.format_message()} ({where} --help)", 2) from error
        except MemoryError:
            raise Refusal("out of memory: try smaller settings", 2) from None
        except OSError as error:
            if error.errno == errno.EPIPE:  # `zoo list | head`: click ends quietly
                raise
            place = f"{error.filename}: " if error.filename else ""
            raise Refusal(f"{place}{error.strerror or error}", 2) from error
