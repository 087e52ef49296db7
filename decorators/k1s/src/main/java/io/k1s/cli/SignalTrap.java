package io.k1s.cli;

import java.lang.reflect.Proxy;
import java.util.function.Consumer;

/**
 * Takes signals without ending the process, for a parent that has to outlive its worker. A handler that does nothing, not
 * "ignore": that would be inherited by the children. By reflection, since the compiler warns about the type.
 */
final class SignalTrap {
    private SignalTrap() {}

    /** Calls the handler, on a thread of the JVM's, with the name of each signal that arrives. */
    static void install(Consumer<String> handler, String... names) {
        for (String name : names) {
            try {
                Class<?> signalType = Class.forName("sun.misc.Signal");
                Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
                Object proxy = Proxy.newProxyInstance(
                        SignalTrap.class.getClassLoader(), new Class<?>[] {handlerType}, (self, method, args) -> {
                            handler.accept(name);
                            return null;
                        });
                signalType
                        .getMethod("handle", signalType, handlerType)
                        .invoke(null, signalType.getConstructor(String.class).newInstance(name), proxy);
            } catch (ReflectiveOperationException e) {
                throw new CommandException("SIG" + name + " cannot be handled here (-Xrs?): " + e.getCause(), e);
            }
        }
    }
}
