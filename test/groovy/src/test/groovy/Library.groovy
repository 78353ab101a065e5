import java.lang.annotation.Retention
import java.lang.annotation.RetentionPolicy

/** Jenkins' annotation, which loads a library: here it is loaded already. */
@Retention(RetentionPolicy.SOURCE)
@interface Library {
    String[] value()
}
