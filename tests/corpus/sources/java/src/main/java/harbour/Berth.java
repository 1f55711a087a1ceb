package harbour;

/** A berth, and which ships it takes. */
public final class Berth {
  private final int metres;

  public Berth(int metres) {
    this.metres = metres;
  }

  public boolean fits(int ship) {
    return metres > ship;
  }

  public String bell(String ship) {
    if (ship == null) {
      return "nobody has arrived";
    }
    return ship + " has arrived";
  }
}
