"""Emotion engines by name: what the config's ``emotion`` accepts (S2)."""

from __future__ import annotations

from scoring.emotion import CueEngine, EmotionEngine
from scoring.emotion_model import ModelEngine
from scoring.keywords import WordLibrary
from scoring.learned import Learned

ENGINES = ("model", "words", "words+snownlp", "snownlp")
"""The learned model (default); the word libraries; these with SnowNLP as a small voice; SnowNLP alone, to compare."""


def select_engine(name: str, words: WordLibrary, learned: Learned | None) -> EmotionEngine:
    """The engine of a name of ``ENGINES``; SnowNLP is loaded at its first score. Without a model "model" means "words"."""
    if name == "model" and learned is not None:
        return ModelEngine(learned)
    if name in ("words+snownlp", "snownlp"):
        from scoring.emotion_snownlp import SnowEngine, make_engine

        return make_engine(words) if name == "words+snownlp" else SnowEngine()
    return CueEngine(words)
