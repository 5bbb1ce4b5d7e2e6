package io.walwire.spring;

import org.springframework.data.repository.CrudRepository;

/** A repository of Spring Data JDBC, which is there where that is switched on. */
interface CopiedRows extends CrudRepository<Copied, Integer> {}
