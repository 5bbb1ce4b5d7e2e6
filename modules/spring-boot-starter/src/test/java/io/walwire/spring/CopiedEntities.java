package io.walwire.spring;

import org.springframework.data.jpa.repository.JpaRepository;

/** A repository of Spring Data JPA, which is there where that is switched on. */
interface CopiedEntities extends JpaRepository<CopiedEntity, Integer> {}
