"""``python -m fengsheng`` is the ``fengsheng`` command."""

from fengsheng.cli import main

main()
