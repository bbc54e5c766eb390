/* Settings and sysctls of a world file's hosts. See file.h. */
#include "worldfile/settings.h"
#include "base/near.h"
#include "world/build.h"

char *file_set_sysctl(struct node *node, const char *name, const char *value)
{
	char *why;

	if (node_try_sysctl(node, name, value, &why) == 0)
		g_ptr_array_add(node->sysctls, g_strdup_printf("%s=%s", name, value));
	return why;
}

static char *unknown_setting(const char *name)
{
	GPtrArray *names = g_ptr_array_new();
	char *near, *text;

	for (size_t i = 0; i < tcpsim_profile_schema_n; i++)
		g_ptr_array_add(names, (char *)tcpsim_profile_schema[i].name);
	g_ptr_array_add(names, NULL);
	near = near_names(name, (const char *const *)names->pdata, 3);
	text = near ? g_strdup_printf("unknown setting '%s': did you mean %s?", name, near)
		    : g_strdup_printf(
			      "unknown setting '%s': 'tcpsim profiles --schema' lists them", name);
	g_free(near);
	g_ptr_array_free(names, TRUE);
	return text;
}

char *file_set_setting(struct node *node, const char *name, const char *value)
{
	const struct tcpsim_profile_field *field = tcpsim_profile_field_find(name);
	char is[512], range[512];

	if (!field)
		return unknown_setting(name);
	if (tcpsim_profile_field_set(&node->profile, field, value) == 0)
		return NULL;
	tcpsim_profile_field_text(&node->profile, field, is, sizeof(is));
	tcpsim_profile_field_range_text(field, range, sizeof(range));
	return g_strdup_printf("setting.%s: '%s' is not %s (%s); %s has '%s'", name, value, range,
		field->help, node->profile.name, is);
}
