package io.k1s.cli;

import io.k1s.client.ObjectException;

/** How a refusal is told, in the words of kubectl. */
final class ServerError {
    private ServerError() {}

    static String line(RuntimeException e) {
        String message = OneLine.of(e.getMessage());
        return e instanceof ObjectException refused
                ? "Error from server (" + refused.reason() + "): " + message
                : "error: " + message;
    }
}
