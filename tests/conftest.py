"""What every test shares: slow ones wait for `-m slow`; properties meet the same examples each time."""

import hypothesis
import pytest

# A run must not fail today on what it passed yesterday; `--hypothesis-profile=default` looks further.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.load_profile("steady")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name.startswith("test_kernel_"):
            item.add_marker(pytest.mark.kernel)
    if "slow" in (config.option.markexpr or ""):
        return
    slow = [item for item in items if "slow" in item.keywords]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if "slow" not in item.keywords]
