/* A lesson with this machine's kernel in the place of hosts, beside the model's answers. */
#ifndef CLI_LESSON_KERNEL_H
#define CLI_LESSON_KERNEL_H

struct lesson;

/* Runs it with this machine's kernel in the place of its Linux hosts. */
int lessons_kernel(const struct lesson *lesson);

#endif
