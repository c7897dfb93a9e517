package dev.vaultwatch.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The budget of heap")
class BudgetTest {
    private final Budget budget = new Budget(100);

    @Test
    @DisplayName("counts what is made ready beside it once that joins, and then at once")
    void beside() {
        budget.charge(40);
        Budget beside = budget.beside();
        beside.charge(60);
        assertThat(beside.isSpent()).isTrue();
        assertThat(beside.isExceeded()).isFalse();
        budget.charge(-30);
        assertThat(budget.used()).isEqualTo(10);

        budget.join(beside);
        assertThat(budget.used()).isEqualTo(70);
        assertThat(beside.used()).isEqualTo(70);
        beside.charge(31);
        assertThat(budget.isExceeded()).isTrue();
        assertThat(beside.isExceeded()).isTrue();
        assertThat(beside.limit()).isEqualTo(budget.limit()).isEqualTo(100);
    }

    @Test
    @DisplayName("is spent at its limit and exceeded beyond it")
    void limit() {
        budget.charge(99);
        assertThat(budget.isSpent()).isFalse();
        budget.charge(1);
        assertThat(budget.isSpent()).isTrue();
        assertThat(budget.isExceeded()).isFalse();
        budget.charge(1);
        assertThat(budget.isExceeded()).isTrue();
        assertThat(budget.used()).isEqualTo(101);
    }

    @Test
    @DisplayName("has again what is given back")
    void givenBack() {
        budget.charge(120);
        budget.charge(-20);
        assertThat(budget.isExceeded()).isFalse();
        budget.charge(-50);
        assertThat(budget.used()).isEqualTo(50);
        assertThat(budget.isSpent()).isFalse();
    }
}
