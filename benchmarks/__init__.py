"""Speed and agreement of Fengsheng against named rivals: ``python -m benchmarks``."""
