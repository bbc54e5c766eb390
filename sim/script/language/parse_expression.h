/* Expressions: arguments and results of system calls. */
#ifndef SCRIPT_LANGUAGE_PARSE_EXPRESSION_H
#define SCRIPT_LANGUAGE_PARSE_EXPRESSION_H

struct parser;
struct script_expr;

struct script_expr *parse_expression(struct parser *p);
/* `)`-ended, after the opening one; NULL if empty. */
struct script_expr *parse_arguments(struct parser *p, char close);

#endif
