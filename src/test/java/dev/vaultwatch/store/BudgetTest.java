package dev.vaultwatch.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The budget of heap")
class BudgetTest {
    private final Budget budget = new Budget(100);

    @Test
    @DisplayName("is spent at its limit and exceeded beyond it")
    void limit() {
        budget.take(99);
        assertThat(budget.isSpent()).isFalse();
        budget.charge(1);
        assertThat(budget.isSpent()).isTrue();
        assertThat(budget.isExceeded()).isFalse();
        budget.take(1);
        assertThat(budget.isExceeded()).isTrue();
        assertThat(budget.used()).isEqualTo(101);
    }

    @Test
    @DisplayName("has again what is given back")
    void givenBack() {
        budget.take(120);
        budget.giveBack(20);
        assertThat(budget.isExceeded()).isFalse();
        budget.charge(-50);
        assertThat(budget.used()).isEqualTo(50);
        assertThat(budget.isSpent()).isFalse();
    }
}
