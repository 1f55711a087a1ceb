Feature: Berths

  Background:
    Given a berth of 60 metres

  Scenario Outline: ships that fit
    When a ship of <length> metres comes
    Then it fits

    Examples:
      | length |
      | 40     |
      | 60     |
