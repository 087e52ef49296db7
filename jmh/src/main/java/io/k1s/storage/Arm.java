package io.k1s.storage;

import java.io.IOException;
import java.io.InputStream;

/**
 * The program of one arm: {@link Bodies}, loaded once more.
 *
 * <p>A program holds a {@code StorageBackend} that is either decorated or not, so its call sites have seen one class. In a
 * process that measures both, one loop for both would have seen two, and a test of the class would be part of either arm.
 * With a class of its own for each arm the JIT compiles the loop of each apart. The library's classes are shared, and what
 * one arm makes of them is there for the other: see docs/performance.md.
 */
final class Arm extends ClassLoader {
    private static final String COPIED = Bodies.class.getName();

    Arm() {
        super(Arm.class.getClassLoader());
    }

    Body body(String operation, StorageBackend store, Playground ground, int thread) {
        try {
            Class<?> bodies = loadClass(COPIED);
            Class<?> groundClass = loadClass(COPIED + "$Ground");
            Object mine = groundClass.getConstructors()[0].newInstance(
                    store,
                    ground.backend(),
                    ground.codec(),
                    ground.prefix(thread),
                    ground.keys(thread),
                    ground.revisions(thread));
            return (Body) bodies.getMethod("of", String.class, groundClass).invoke(null, operation, mine);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the bodies of an arm", e);
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.equals(COPIED) && !name.startsWith(COPIED + "$")) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            return loaded != null ? loaded : copy(name);
        }
    }

    private Class<?> copy(String name) throws ClassNotFoundException {
        try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            byte[] bytes = in.readAllBytes();
            return defineClass(name, bytes, 0, bytes.length);
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }
}
