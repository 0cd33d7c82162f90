"""``fengsheng train``: learn from labels, measure on a held-out part, never replace a better model silently."""

from __future__ import annotations

import contextlib
import json as json_text
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from fengsheng.arguments import Config, Json
from fengsheng.learning import fit_whole, load_learning, try_out
from fengsheng.printing import print_json, print_plain, print_table
from fengsheng.train_report import TrainReport, report_head, report_record, report_rows, worse_names
from fengsheng.wiring import House, load_house
from records.errors import BadInput, Failed, Problem
from scoring.learned import Learned, dump_learned

HEADS = {
    "zh": ("留出部分", "现用", "新模型", "依据", "结论"),
    "en": ("held out", "in use", "new", "rests on", "verdict"),
}
SHOWN_BAD = 200


def register(app: typer.Typer) -> None:
    app.command()(train)


def train(
    more: Annotated[list[Path] | None, typer.Argument(metavar="FILE", help="Further labelled files.")] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", help="Labelled JSON lines, CSV or XLSX (.gz too), or a folder of them; repeatable."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Model file to write; default fengsheng-model.npz beside the database.")
    ] = None,
    from_nothing: Annotated[
        bool, typer.Option("--from-nothing", help="Do not start from the model in use: --data is all there is.")
    ] = False,
    corpus: Annotated[
        Path | None,
        typer.Option("--corpus", help="Posts on which the model shall go on saying what it says; default its own corpus."),
    ] = None,
    accept_worse: Annotated[
        bool, typer.Option("--accept-worse", help="Write the model even where it is worse than the one in use.")
    ] = False,
    report: Annotated[Path | None, typer.Option("--report", help="Write the report there too (.json or text).")] = None,
    config: Config = None,
    json: Json = False,
) -> None:  # fmt: skip
    """Learn from people's labels; reports on brands and texts held out, keeps the model in use where the new one is worse."""
    files = [*(data or []), *(more or [])]
    if not files:
        raise BadInput(
            [Problem(file="--data", what="a labelled file or a folder of them is needed (docs/training.md)")]
        )
    house = load_house(config)
    lang = house.config.language
    learning, problems = load_learning(house, files, corpus, from_nothing=from_nothing)
    for problem in problems[:SHOWN_BAD]:
        print(problem, file=sys.stderr)

    def tell(zh: str, en: str) -> None:
        if sys.stderr.isatty():
            print(zh if lang == "zh" else en, file=sys.stderr, flush=True)

    place = out or house.database.parent / "fengsheng-model.npz"
    _refuse_place(place)
    _, told = try_out(learning, tell)
    if told.worse and not accept_worse:
        _say(told, lang, json, report, None)
        raise Failed(_refusal(told, lang))
    tell("没有变差：用全部标注（含留出部分）再学一次……", "no worse: learning once more, from everything …")
    final = fit_whole(learning, told)
    write_model(place, final)
    _say(told, lang, json, report, (place, final))
    if not json:
        print_plain("\n".join(_written(house, config, told, place, final)))


def _say(told: TrainReport, lang: str, json: bool, report: Path | None, written: tuple[Path, Learned] | None) -> None:
    record = report_record(told)
    record |= {"written": str(written[0]) if written else None, "model": written[1].version if written else None}
    head, rows = report_head(told, lang), list(report_rows(told, lang))
    if report is not None:
        text = "\n".join([*head, *("\t".join(cells).rstrip() for cells in (HEADS[lang], *rows))]) + "\n"
        if report.suffix == ".json":
            text = json_text.dumps(record, ensure_ascii=False, indent=2) + "\n"
        _write(report, text.encode("utf-8"))
    if json:
        print_json(record)
        return
    print_plain("\n".join(head))
    print_table(HEADS[lang], rows)


def _refusal(told: TrainReport, lang: str) -> str:
    names = worse_names(told.worse, lang)
    if lang == "zh":
        return f"没有写入：新模型在这些指标上比现用的差，超出偶然（{names}）；--accept-worse 仍然写入"
    return f"nothing was written: the new model is worse than the one in use, beyond chance, in {names}; --accept-worse writes it all the same"


def _written(house: House, config: Path | None, told: TrainReport, place: Path, final: Learned) -> list[str]:
    """What was written, and how it is taken into use."""
    zh = house.config.language == "zh"
    lines = []
    if told.worse:
        names = worse_names(told.worse, house.config.language)
        lines.append(
            f"按要求写入了更差的模型（{names}）" if zh else f"a worse model was written, as asked for ({names})"
        )
    lines.append(
        f"{place}：模型 {final.version}，通过后又用全部标注（含留出部分）学了一遍"
        if zh
        else f"{place}: model {final.version}, learned once more from all labels, the held-out ones included"
    )
    if Path(house.model).absolute() == place.absolute():
        lines.append(
            "配置已经指向它，下次启动即生效" if zh else "the config names it already: in use from the next start"
        )
        return lines
    named = config or Path(house.environment.get("FENGSHENG_CONFIG") or "watch.yaml")
    shown = place.name if place.absolute().parent == named.absolute().parent else str(place.absolute())
    lines.append(f"启用：在配置里写  model: {shown}" if zh else f"to use it, in the config:  model: {shown}")
    return lines


def _refuse_place(place: Path) -> None:
    """Said before the minutes of learning, not after them."""
    if place.is_dir():
        raise BadInput([Problem(file=str(place), what="is a folder: the name of a model file is needed")])


def write_model(place: Path, learned: Learned) -> None:
    """Write the file whole or not at all; one that stood there is kept as FILE.bak."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            _write(place.with_name(f"{place.name}.bak"), place.read_bytes())
    except OSError as error:
        raise Failed(f"{place}: cannot be written: {error.strerror or error}") from error
    _write(place, dump_learned(learned))


def _write(place: Path, data: bytes) -> None:
    draft = place.with_name(f".{place.name[:100]}.{os.getpid()}.partial")
    try:
        draft.write_bytes(data)
        draft.replace(place)
    except OSError as error:
        raise Failed(f"{place}: cannot be written: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
