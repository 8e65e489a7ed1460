"""A venue may be late, forgetful and repetitive: the core stays sound, and quotes again when healed."""

from hypothesis import settings

from tests.laws.lawless import Lawless

TestLawless = Lawless.TestCase
TestLawless.settings = settings(max_examples=60, stateful_step_count=60)
