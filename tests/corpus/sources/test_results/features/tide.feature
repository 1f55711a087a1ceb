Feature: Tides

  Scenario: no step for it
    Given the tide is out

  Scenario: not today
    Given a step that skips
