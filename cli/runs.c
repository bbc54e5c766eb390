/* Runs in SQLite: see runs.h. */
#include "runs.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define APPLICATION_ID                                                                             \
	1413706610 /* "TCsr", in the file's head: so that no other database is taken */
#define FORMAT_VERSION 1
#define PATIENCE_MS    120000 /* for another process that writes */
#define MOST_KEPT_BACK 1000
#define KEPT_BACK_US   G_USEC_PER_SEC
#define DIGEST_BLOCK   ((size_t)1 << 20)

/* The pieces of a macro that a string takes. */
#define TEXT(x)	 TEXT_(x)
#define TEXT_(x) #x

static const char SCHEMA[] = "PRAGMA application_id = " TEXT(
	APPLICATION_ID) ";"
			"PRAGMA user_version = " TEXT(
				FORMAT_VERSION) ";"
						"CREATE TABLE IF NOT EXISTS run ("
						" command TEXT NOT NULL, input TEXT NOT NULL, "
						"digest TEXT NOT NULL,"
						" parameters TEXT NOT NULL, seed INTEGER NOT NULL, "
						"version TEXT NOT NULL,"
						" failed INTEGER NOT NULL, result TEXT NOT NULL,"
						" PRIMARY KEY (command, input, digest, parameters, "
						"seed, version)) WITHOUT ROWID";
#define KEY_COLUMNS "command, input, digest, parameters, seed, version"

struct kept_back {
	char *command, *input, *digest, *parameters, *result;
	gint64 seed;
	bool failed;
};

struct runs {
	sqlite3 *db;
	sqlite3_stmt *find, *add;
	char *path;
	char *wrong; /* the first write that failed */
	GPtrArray *kept_back;
	gint64 since_us; /* when the first of them came */
};

static char *complaint(const struct runs *runs, const char *what)
{
	return g_strdup_printf("%s: %s: %s", runs->path, what, sqlite3_errmsg(runs->db));
}

static void free_kept_back(gpointer data)
{
	struct kept_back *row = data;

	g_free(row->command);
	g_free(row->input);
	g_free(row->digest);
	g_free(row->parameters);
	g_free(row->result);
	g_free(row);
}

static gint64 pragma(const struct runs *runs, const char *question)
{
	sqlite3_stmt *statement;
	gint64 value = -1;

	if (sqlite3_prepare_v2(runs->db, question, -1, &statement, NULL) == SQLITE_OK &&
		sqlite3_step(statement) == SQLITE_ROW)
		value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return value;
}

/* A file that is empty becomes one of runs; any other must be one. */
static char *check_format(const struct runs *runs, bool writes)
{
	gint64 tables = pragma(runs, "SELECT count(*) FROM sqlite_master");

	if (tables < 0)
		return complaint(runs, "cannot be read");
	if (tables == 0 && writes)
		return NULL;
	if (pragma(runs, "PRAGMA application_id") != APPLICATION_ID)
		return g_strdup_printf(
			"%s: is no file of runs; name another, or one that --db made", runs->path);
	if (pragma(runs, "PRAGMA user_version") != FORMAT_VERSION)
		return g_strdup_printf("%s: was made by another version of tcpsim, in another "
				       "form; name another file",
			runs->path);
	return NULL;
}

static char *prepare(struct runs *runs)
{
	static const char FIND[] = "SELECT failed, result FROM run WHERE command = ?1 AND input = "
				   "?2 AND digest = ?3 AND parameters = ?4 AND seed = ?5 AND "
				   "version = '" TCPSIM_VERSION "'",
			  ADD[] = "INSERT OR IGNORE INTO run (" KEY_COLUMNS ", failed, result) "
				  "VALUES (?1, ?2, ?3, ?4, ?5, '" TCPSIM_VERSION "', ?6, ?7)";

	if (sqlite3_exec(runs->db, SCHEMA, NULL, NULL, NULL) != SQLITE_OK ||
		sqlite3_prepare_v2(runs->db, FIND, -1, &runs->find, NULL) != SQLITE_OK ||
		sqlite3_prepare_v2(runs->db, ADD, -1, &runs->add, NULL) != SQLITE_OK)
		return complaint(runs, "cannot be written");
	return NULL;
}

static struct runs *open_runs(const char *path, bool writes, char **why)
{
	struct runs *runs = g_new0(struct runs, 1);
	int flags = writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;

	runs->path = g_strdup(path);
	runs->kept_back = g_ptr_array_new_with_free_func(free_kept_back);
	/* SQLite says no more than that it was unable. */
	if (!writes && access(path, R_OK) < 0) {
		*why = g_strdup_printf("%s: cannot be read: %s", path, g_strerror(errno));
	} else if (sqlite3_open_v2(path, &runs->db, flags, NULL) != SQLITE_OK) {
		*why = complaint(runs, "cannot be opened");
	} else {
		sqlite3_busy_timeout(runs->db, PATIENCE_MS);
		*why = check_format(runs, writes);
		if (!*why && writes)
			*why = prepare(runs);
	}
	if (!*why)
		return runs;
	runs_close(runs, NULL);
	return NULL;
}

struct runs *runs_open(const char *path, char **why)
{
	return open_runs(path, true, why);
}

struct runs *runs_open_to_read(const char *path, char **why)
{
	return open_runs(path, false, why);
}

static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
	sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

static void bind_key(sqlite3_stmt *statement, const struct run_key *key)
{
	bind_text(statement, 1, key->command);
	bind_text(statement, 2, key->input);
	bind_text(statement, 3, key->digest);
	bind_text(statement, 4, key->parameters);
	sqlite3_bind_int64(statement, 5, key->seed);
}

char *runs_find(struct runs *runs, const struct run_key *key, bool *failed)
{
	char *result = NULL;

	bind_key(runs->find, key);
	if (sqlite3_step(runs->find) == SQLITE_ROW) {
		if (failed)
			*failed = sqlite3_column_int(runs->find, 0) != 0;
		result = g_strdup((const char *)sqlite3_column_text(runs->find, 1));
	}
	sqlite3_reset(runs->find);
	return result;
}

static bool execute(struct runs *runs, const char *statement)
{
	return sqlite3_exec(runs->db, statement, NULL, NULL, NULL) == SQLITE_OK;
}

static bool write_row(struct runs *runs, const struct kept_back *row)
{
	struct run_key key = {row->command, row->input, row->digest, row->parameters, row->seed};
	bool good;

	bind_key(runs->add, &key);
	sqlite3_bind_int(runs->add, 6, row->failed);
	bind_text(runs->add, 7, row->result);
	good = sqlite3_step(runs->add) == SQLITE_DONE;
	sqlite3_reset(runs->add);
	return good;
}

static void write_kept_back(struct runs *runs)
{
	bool good;

	if (!runs->kept_back->len || runs->wrong)
		return;
	good = execute(runs, "BEGIN IMMEDIATE");
	for (guint i = 0; i < runs->kept_back->len && good; i++)
		good = write_row(runs, runs->kept_back->pdata[i]);
	good = good && execute(runs, "COMMIT");
	if (!good) {
		runs->wrong = complaint(runs, "cannot be written");
		execute(runs, "ROLLBACK");
	}
	g_ptr_array_set_size(runs->kept_back, 0);
}

void runs_add(struct runs *runs, const struct run_key *key, bool failed, const char *result)
{
	struct kept_back *row = g_new(struct kept_back, 1);
	gint64 now_us = g_get_monotonic_time();

	*row = (struct kept_back){.command = g_strdup(key->command),
		.input = g_strdup(key->input),
		.digest = g_strdup(key->digest),
		.parameters = g_strdup(key->parameters),
		.result = g_strdup(result),
		.seed = key->seed,
		.failed = failed};
	if (!runs->kept_back->len)
		runs->since_us = now_us;
	g_ptr_array_add(runs->kept_back, row);
	if (runs->kept_back->len >= MOST_KEPT_BACK || now_us - runs->since_us >= KEPT_BACK_US)
		write_kept_back(runs);
}

bool runs_broken(const struct runs *runs)
{
	return runs->wrong != NULL;
}

static const char *column(sqlite3_stmt *statement, int at)
{
	const char *text = (const char *)sqlite3_column_text(statement, at);

	return text ? text : "";
}

bool runs_each(struct runs *runs, void (*each)(void *context, const struct run_row *row),
	void *context, char **why)
{
	static const char ALL[] =
		"SELECT " KEY_COLUMNS ", failed, result FROM run ORDER BY " KEY_COLUMNS;
	sqlite3_stmt *rows;
	int status;

	if (sqlite3_prepare_v2(runs->db, ALL, -1, &rows, NULL) != SQLITE_OK) {
		*why = complaint(runs, "cannot be read");
		return false;
	}
	while ((status = sqlite3_step(rows)) == SQLITE_ROW) {
		struct run_row row = {.key = {column(rows, 0), column(rows, 1), column(rows, 2),
					      column(rows, 3), sqlite3_column_int64(rows, 4)},
			.version = column(rows, 5),
			.failed = sqlite3_column_int(rows, 6) != 0,
			.result = column(rows, 7)};

		each(context, &row);
	}
	if (status != SQLITE_DONE)
		*why = complaint(runs, "cannot be read");
	sqlite3_finalize(rows);
	return status == SQLITE_DONE;
}

/* --- merging --- */

/* The first value of a question's answer, and its second as text (`text` NULL: it has none). */
static bool ask(struct runs *runs, const char *question, guint64 *value, char **text)
{
	sqlite3_stmt *statement;
	bool good = sqlite3_prepare_v2(runs->db, question, -1, &statement, NULL) == SQLITE_OK &&
		    sqlite3_step(statement) == SQLITE_ROW;

	if (good)
		*value = (guint64)sqlite3_column_int64(statement, 0);
	if (good && text)
		*text = g_strdup((const char *)sqlite3_column_text(statement, 1));
	sqlite3_finalize(statement);
	return good;
}

static bool merge_attached(struct runs *into, struct runs_merged *merged)
{
	static const char DIFFER[] =
		"SELECT count(*), min(command || ' ' || input || ' ' || parameters || ', seed ' || "
		"seed) FROM other.run JOIN main.run AS mine USING (" KEY_COLUMNS
		") WHERE mine.result <> other.run.result";
	bool good = execute(into, "BEGIN IMMEDIATE") &&
		    ask(into, "SELECT count(*) FROM other.run", &merged->rows, NULL) &&
		    ask(into, DIFFER, &merged->differ, &merged->example) &&
		    execute(into, "INSERT OR IGNORE INTO main.run SELECT * FROM other.run");

	if (good)
		merged->new_rows = (guint64)sqlite3_changes64(into->db);
	return good && execute(into, "COMMIT");
}

bool runs_merge(struct runs *into, const char *from_path, struct runs_merged *merged, char **why)
{
	struct runs *from = runs_open_to_read(from_path, why);
	sqlite3_stmt *attach;
	bool good;

	*merged = (struct runs_merged){0};
	if (!from)
		return false;
	runs_close(from, NULL);
	good = sqlite3_prepare_v2(into->db, "ATTACH ?1 AS other", -1, &attach, NULL) == SQLITE_OK;
	if (good) {
		bind_text(attach, 1, from_path);
		good = sqlite3_step(attach) == SQLITE_DONE;
	}
	sqlite3_finalize(attach);
	good = good && merge_attached(into, merged);
	if (!good) {
		*why = g_strdup_printf("%s: cannot be merged into %s: %s", from_path, into->path,
			sqlite3_errmsg(into->db));
		execute(into, "ROLLBACK");
	}
	execute(into, "DETACH other");
	return good;
}

bool runs_close(struct runs *runs, char **why)
{
	bool good = true;

	if (!runs)
		return true;
	write_kept_back(runs);
	sqlite3_finalize(runs->find);
	sqlite3_finalize(runs->add);
	if (runs->wrong) {
		good = false;
		if (why)
			*why = g_steal_pointer(&runs->wrong);
	}
	sqlite3_close(runs->db);
	g_ptr_array_free(runs->kept_back, TRUE);
	g_free(runs->wrong);
	g_free(runs->path);
	g_free(runs);
	return good;
}

char *runs_digest(const char *path, char **why)
{
	FILE *file = fopen(path, "rb");
	GChecksum *sum = g_checksum_new(G_CHECKSUM_MD5); /* it tells apart, and keeps no secret */
	guint8 *block = g_malloc(DIGEST_BLOCK);
	char *digest = NULL;
	size_t n;

	while (file && (n = fread(block, 1, DIGEST_BLOCK, file)) > 0)
		g_checksum_update(sum, block, (gssize)n);
	if (!file || ferror(file))
		*why = g_strdup_printf("%s: cannot be read: %s", path, g_strerror(errno));
	else
		digest = g_strdup(g_checksum_get_string(sum));
	if (file)
		fclose(file);
	g_free(block);
	g_checksum_free(sum);
	return digest;
}
