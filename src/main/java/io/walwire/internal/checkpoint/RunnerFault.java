package io.walwire.internal.checkpoint;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;

/** What an application's runner must not do, as one error each. */
enum RunnerFault {
    NOT_RUN("returned without having called the body", "Call body.run(connection) once in each run."),
    RUN_AGAIN(
            "called the body a second time",
            "Call it once, and throw what it throws: Walwire itself makes the next attempt in a run of its own."),
    RUN_LATE("called the body after its run had ended", "Call body.run(connection) before run returns."),
    OTHER_THREAD(
            "called the body on another thread than the one that called run",
            "Call body.run(connection) on the calling thread: handlers find their transaction by it."),
    NO_CONNECTION(
            "called the body without a connection",
            "Call body.run(connection) with the connection of the transaction that was begun."),
    AUTO_COMMIT(
            "gave the body a connection in autocommit mode, in which every statement is a transaction",
            "Give it the connection of the transaction that was begun, with autocommit off."),
    ENDED_INSIDE(
            "gave the body a transaction that ended while a handler was called",
            "Handlers must not commit, roll back or set autocommit on the connection that they find; what they wrote may be"
                    + " committed without the position."),
    OTHER_DATABASE(
            "gave the body a connection of another database than that in which the table walwire_checkpoint was found",
            "Let the runner and its data source lead to one database; give each database a checkpoint of its own."),
    SWALLOWED(
            "returned normally although the body threw",
            "Roll back when body.run throws, and throw. What the handlers wrote may be committed without the position, and be"
                    + " written again after a restart."),
    COMMITTED(
            "committed although the body threw",
            "Roll back on every exception, without rules such as noRollbackFor. What the handlers wrote is committed without"
                    + " the position, and is written again after a restart."),
    NOT_COMMITTED(
            "returned normally although its transaction is rolled back",
            "Commit, or throw: a transaction that was marked as rollback-only must end in an exception."),
    NESTED(
            "returned before its transaction was committed: it joined an outer transaction, which may still be rolled back",
            "Begin a transaction of its own for each run, such as with the propagation REQUIRES_NEW.");

    private final String what;
    private final String advice;

    RunnerFault(String what, String advice) {
        this.what = what;
        this.advice = advice;
    }

    WalwireException of(String checkpoint) {
        return new WalwireException(
                ErrorCode.CHECKPOINT,
                "The TransactionRunner of the checkpoint \"" + checkpoint + "\" " + what
                        + ". Nothing of this is confirmed.",
                advice);
    }
}
