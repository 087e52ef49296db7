package io.k1s.registry;

import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;

/**
 * The process of this JVM: the one class that exits, halts, and knows {@code sun.misc.Signal}, which it reaches by
 * reflection because the compiler's warning about it cannot be suppressed. Not covered by unit tests, since a process that
 * was killed leaves no coverage; the tests that start processes run it.
 */
final class JvmProcess implements ProcessControl {
    static final JvmProcess INSTANCE = new JvmProcess();

    private JvmProcess() {}

    @Override
    public Installed onSignal(String name, IntConsumer handler) {
        try {
            Class<?> signalType = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Object signal = signalType.getConstructor(String.class).newInstance(name);
            int number = (int) signalType.getMethod("getNumber").invoke(signal);
            Object proxy = Proxy.newProxyInstance(
                    JvmProcess.class.getClassLoader(),
                    new Class<?>[] {handlerType},
                    (self, method, args) -> switch (method.getName()) {
                        case "handle" -> {
                            handler.accept(number);
                            yield null;
                        }
                        // Whoever replaces the handler is given this one, and may print or compare it.
                        case "equals" -> self == args[0];
                        case "hashCode" -> System.identityHashCode(self);
                        default -> "k1s handler of SIG" + name;
                    });
            Object before =
                    signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, proxy);
            boolean ignored = handlerType.getField("SIG_IGN").get(null).equals(before);
            return ignored ? Installed.IGNORED_BY_PARENT : Installed.YES;
        } catch (ClassNotFoundException e) {
            return Installed.LEFT_TO_HOOKS;
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            return Installed.UNAVAILABLE;
        }
    }

    @Override
    public void onExit(Runnable code) {
        Runtime.getRuntime().addShutdownHook(new Thread(code, "k1s-exit-hook"));
    }

    @Override
    public void exit(int code) {
        Runtime.getRuntime().exit(code);
    }

    @Override
    public boolean isExitedBy(Thread thread) {
        return ExitingThreads.runsHooks(thread);
    }

    @Override
    public void halt(int code) {
        Runtime.getRuntime().halt(code);
    }
}
