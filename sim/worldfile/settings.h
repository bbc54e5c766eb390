/* Settings and sysctls of a world file's hosts. */
#ifndef SIM_WORLDFILE_SETTINGS_H
#define SIM_WORLDFILE_SETTINGS_H

struct node;

/* A setting of the node's profile, a sysctl of its system; NULL, or what is wrong (to be freed). */
char *file_set_setting(struct node *node, const char *name, const char *value);
char *file_set_sysctl(struct node *node, const char *name, const char *value);

#endif
