require "simplecov"
SimpleCov.start do
  enable_coverage :branch
  add_filter "/test/"
  command_name ENV.fetch("RUN", "Minitest")
  formatter SimpleCov::Formatter::SimpleFormatter
end
require "minitest/autorun"
require_relative "../lib/berth"

class BerthTest < Minitest::Test
  def test_takes_a_shorter_ship
    assert Berth.fits?(60, 40)
  end

  def test_the_bell_names_the_ship
    assert_equal "Alma has arrived", Berth.bell("Alma")
  end
end
