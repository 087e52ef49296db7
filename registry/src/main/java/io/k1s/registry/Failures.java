package io.k1s.registry;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Foreign exceptions made safe to show: their methods can throw, their causes can go in circles. */
final class Failures {
    private static final int MOST_DEEP = 8;
    private static final int MOST_BESIDE = 20;

    private final Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    private Failures() {}

    static ShutdownReport.Failure of(Throwable error) {
        return new Failures().shown(error, 1);
    }

    private ShutdownReport.Failure shown(Throwable error, int depth) {
        seen.add(error);
        List<ShutdownReport.Failure> suppressed = new ArrayList<>();
        for (Throwable each : asked(error::getSuppressed).orElse(new Throwable[0])) {
            if (suppressed.size() < MOST_BESIDE) {
                next(each, depth).ifPresent(suppressed::add);
            }
        }
        return new ShutdownReport.Failure(
                Texts.printable(error.getClass().getName()),
                Texts.printable(asked(error::getLocalizedMessage).orElse("")),
                asked(() -> List.of(error.getStackTrace())).orElse(List.of()),
                suppressed,
                asked(error::getCause).flatMap(cause -> next(cause, depth)));
    }

    private Optional<ShutdownReport.Failure> next(Throwable error, int depth) {
        return depth == MOST_DEEP || seen.contains(error) ? Optional.empty() : Optional.of(shown(error, depth + 1));
    }

    /** What the exception says; nothing if it says null or throws. */
    private static <T> Optional<T> asked(Supplier<? extends @Nullable T> question) {
        try {
            return Optional.ofNullable(question.get());
        } catch (Throwable t) {
            return Optional.empty();
        }
    }
}
