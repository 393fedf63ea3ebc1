package lab;

import java.io.File;
import org.apache.flink.runtime.rest.messages.json.SerializedThrowableDeserializer;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.module.SimpleModule;
import org.apache.flink.util.SerializedThrowable;

/**
 * Reads failure causes of REST answers as Flink's client does, and shows them as it does.
 *
 * args: FILE, a JSON array of them. Prints a JSON array of arrays, the causes last.
 */
public class ReadThrowables {
    public static void main(String[] args) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        mapper.registerModule(new SimpleModule().addDeserializer(SerializedThrowable.class, new SerializedThrowableDeserializer()));
        SerializedThrowable[] throwables = mapper.readValue(new File(args[0]), SerializedThrowable[].class);
        String[][] texts = new String[throwables.length][];
        for (int i = 0; i < throwables.length; i++) {
            Throwable shown = throwables[i].deserializeError(ReadThrowables.class.getClassLoader());
            Throwable cause = shown.getCause();
            texts[i] = new String[] {
                throwables[i].getOriginalErrorClassName(), shown.getMessage(), throwables[i].getFullStringifiedStackTrace(),
                cause == null ? null : cause.getMessage()};
        }
        System.out.println(mapper.writeValueAsString(texts));
    }
}
