package io.walwire.internal.dispatch;

/** What stands around each call of a user's code, so that a failed one can leave nothing behind. */
@FunctionalInterface
public interface CallBoundary {
    /** A boundary for code that has nothing to roll back. */
    CallBoundary NONE = () -> Mark.NONE;

    /**
     * A call begins on this thread.
     *
     * @return how to end it
     * @throws UnitLostException if what calls do cannot be kept any more, whatever is called
     */
    Mark begin();

    /** A call that is under way. */
    interface Mark {
        /** The mark of a call that leaves nothing behind. */
        Mark NONE = new Mark() {
            @Override
            public void keep() {}

            @Override
            public void undo() {}
        };

        /**
         * The call has succeeded.
         *
         * @throws Exception if what it did cannot be kept, which makes it a failed one
         */
        void keep() throws Exception;

        /**
         * The call has failed: nothing of what it did stays.
         *
         * @throws UnitLostException as {@link CallBoundary#begin}
         */
        void undo();
    }
}
