package io.walwire.spring;

import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** A row of JPA. */
@Entity
@Table(name = "copied")
class CopiedEntity {
    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    private @Nullable Integer id;

    private int item;

    protected CopiedEntity() {}

    CopiedEntity(int item) {
        this.item = item;
    }

    @Override
    public String toString() {
        return id + " of " + item;
    }
}
