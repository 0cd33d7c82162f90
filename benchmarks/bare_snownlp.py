"""The rival in scoring: SnowNLP by itself, in a process of its own, so that nothing of the product touches it.

``python -m benchmarks.bare_snownlp``: a JSON list of texts a line in, ``{"seconds", "positive": [0–1 …]}`` a line
out, seconds of processor time; the model is loaded with the first line. Also the client: ``BareSnowNLP``, which loads it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from types import TracebackType

from benchmarks.processes import ROOT


class BareSnowNLP:
    """The rival's process; use it as a context manager."""

    def __enter__(self) -> BareSnowNLP:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.bare_snownlp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=ROOT,
        )
        self.score(["模型先加载好再计时"])
        return self

    def score(self, texts: Sequence[str]) -> tuple[float, list[float]]:
        """Seconds of processor time that the texts took, and for each the probability (0–1) that it is positive.

        Raises:
            RuntimeError: the process ended.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(list(texts)) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the process with bare SnowNLP ended")
        answer = json.loads(line)
        return answer["seconds"], answer["positive"]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()


def main() -> None:
    from snownlp import SnowNLP

    for line in sys.stdin:
        texts = json.loads(line)
        began = time.process_time()
        positive = [float(SnowNLP(text).sentiments) for text in texts]
        print(json.dumps({"seconds": time.process_time() - began, "positive": positive}), flush=True)


if __name__ == "__main__":
    main()
