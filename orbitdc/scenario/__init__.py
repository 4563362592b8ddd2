"""Scenario: what the user asks for. TOML with units → frozen models in SI."""
