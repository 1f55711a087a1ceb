"""The same steps for behave."""

from behave import given, then, when


@given("a berth of {length:d} metres")
def berth(context, length):
    context.berth = length


@when("a ship of {length:d} metres comes")
def ship(context, length):
    context.ship = length


@then("it fits")
def fits(context):
    assert context.berth > context.ship, "it does not fit"


@given("a step that skips")
def skips(context):
    context.scenario.skip()
