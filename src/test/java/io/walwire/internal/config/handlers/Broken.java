package io.walwire.internal.config.handlers;

/** Handlers that cannot be used, and is itself none. */
public final class Broken {
    private Broken() {}

    public abstract static class AbstractHandler extends User {}

    public static class WithParameter extends User {
        public WithParameter(String parameter) {
            assert parameter != null;
        }
    }

    public static final class PrivateConstructor extends User {
        private PrivateConstructor() {}
    }

    static class Hidden extends User {
        public Hidden() {}
    }

    public static class Throwing extends User {
        public Throwing() {
            throw new IllegalStateException("no mailer\nat all");
        }
    }

    public static class BrokenInitializer extends User {
        private static final Object NEVER = fail();

        private static Object fail() {
            throw new IllegalStateException("static");
        }

        @Override
        public String toString() {
            return NEVER.toString();
        }
    }
}
