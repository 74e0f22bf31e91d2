package java.math;

public class BigInteger extends Number implements Comparable<BigInteger> {
    public static final BigInteger ZERO, ONE, TEN;
    public static BigInteger valueOf(long value);
    public BigInteger add(BigInteger other);
    public BigInteger subtract(BigInteger other);
    public BigInteger multiply(BigInteger other);
    public BigInteger negate();
}
public class BigDecimal extends Number implements Comparable<BigDecimal> {
    public static final BigDecimal ZERO, ONE, TEN;
    public static BigDecimal valueOf(double value);
    public BigDecimal add(BigDecimal other);
    public BigDecimal subtract(BigDecimal other);
    public BigDecimal multiply(BigDecimal other);
    public BigInteger toBigInteger();
}
