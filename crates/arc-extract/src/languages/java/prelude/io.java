package java.io;

public interface Serializable {}
public interface Closeable extends AutoCloseable {}
public class IOException extends Exception {}
public class UncheckedIOException extends RuntimeException {}
public class EOFException extends IOException {}
public class FileNotFoundException extends IOException {}
public class Reader implements Closeable { public int read(); }
public class StringReader extends Reader {}
public class InputStreamReader extends Reader {}
public class FileReader extends InputStreamReader {}
public class FilterReader extends Reader {}
public class PushbackReader extends FilterReader {}
public class CharArrayReader extends Reader {}
public class LineNumberReader extends BufferedReader {}
public class BufferedReader extends Reader {
    public String readLine();
    public java.util.stream.Stream<String> lines();
}
public class Writer implements Closeable, Appendable { public Writer append(CharSequence text); }
public class StringWriter extends Writer { public StringBuffer getBuffer(); }
public class OutputStreamWriter extends Writer {}
public class FileWriter extends OutputStreamWriter {}
public class BufferedWriter extends Writer {}
public class FilterWriter extends Writer {}
public class CharArrayWriter extends Writer { public char[] toCharArray(); }
public class PrintWriter extends Writer {}
public class InputStream implements Closeable { public int read(); public byte[] readAllBytes(); }
public class ByteArrayInputStream extends InputStream {}
public class FileInputStream extends InputStream {}
public class FilterInputStream extends InputStream {}
public class BufferedInputStream extends FilterInputStream {}
public class DataInputStream extends FilterInputStream {}
public class PushbackInputStream extends FilterInputStream {}
public class SequenceInputStream extends InputStream {}
public class ObjectInputStream extends InputStream { public Object readObject(); }
public class OutputStream implements Closeable {}
public class ByteArrayOutputStream extends OutputStream { public byte[] toByteArray(); }
public class FileOutputStream extends OutputStream {}
public class FilterOutputStream extends OutputStream {}
public class BufferedOutputStream extends FilterOutputStream {}
public class DataOutputStream extends FilterOutputStream {}
public class ObjectOutputStream extends OutputStream {}
public class PrintStream extends FilterOutputStream {}
public class File implements Comparable<File>, Serializable {
    public String getName();
    public String getPath();
    public String getAbsolutePath();
    public String getParent();
    public File getParentFile();
    public File getAbsoluteFile();
    public File getCanonicalFile();
    public java.nio.file.Path toPath();
    public File[] listFiles();
    public boolean exists();
}
