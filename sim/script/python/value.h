/* Values of the evaluator. Owned by who holds them; eval_value_clear gives back what they own. */
#ifndef SCRIPT_PYTHON_VALUE_H
#define SCRIPT_PYTHON_VALUE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum eval_type { EVAL_NONE, EVAL_INTEGER, EVAL_BOOLEAN, EVAL_REAL, EVAL_TEXT, EVAL_TUPLE };

struct eval_value {
	enum eval_type type;
	union {
		int64_t integer; /* INTEGER, BOOLEAN */
		double real;
		char *text;
		GPtrArray *items; /* struct eval_value *, owned */
	};
};

struct eval_value eval_integer(int64_t value);
struct eval_value eval_boolean(bool value);
struct eval_value eval_real(double value);
struct eval_value eval_text(const char *text); /* copied */
struct eval_value eval_value_copy(const struct eval_value *value);
void eval_value_clear(struct eval_value *value);
/* How much the value holds: bytes of texts, and items of tuples, those within included. */
size_t eval_value_size(const struct eval_value *value);
/* 1 for what is no tuple, one more for each tuple around the deepest. */
unsigned eval_value_depth(const struct eval_value *value);
struct eval_value eval_tuple(void); /* without items */
void eval_tuple_add(struct eval_value *tuple, struct eval_value item);
bool eval_is_true(const struct eval_value *value);
bool eval_is_number(const struct eval_value *value);
/* Towards zero; false if 64 bits do not hold it. */
bool eval_real_to_integer(double real, int64_t *out);
double eval_as_real(const struct eval_value *value);
/* As str() has it; `quoted`: as repr(). */
void eval_value_text(const struct eval_value *value, bool quoted, GString *out);
/* Is there an order between the two? *order: negative, 0, positive. */
bool eval_compare(const struct eval_value *a, const struct eval_value *b, int *order);
bool eval_equal(const struct eval_value *a, const struct eval_value *b);
/* Texts longer than this are refused by eval_operate. */
#define EVAL_TEXT_MOST 65536
/* a OP b for + - * / // % ** & | ^ << >>; NULL or why not (static). */
const char *eval_operate(const char *op, const struct eval_value *a, const struct eval_value *b,
	struct eval_value *out);

#endif
