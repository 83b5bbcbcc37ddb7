#include "push/one_remote.h"
#include "base/error.h"
#include "base/file.h"
#include "push/push.h"
#include "registry/manifest.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What one remote has, and what it is to get. */
struct plan {
    struct push *push;
    struct pushed *pushed;
    struct file_list there;
    struct file_list missing; /* not there, or of another size */
    struct file_list doubted; /* read back before HEAD moves: these, and all of the newest serial */
    struct file_list old;
    bool doubts_all; /* nothing says that what is there is ours */
};

static int no_memory(struct plan *plan, int code)
{
    return code < 0 ? remote_fail(plan->push, code, "its files: %s", error_text(code)) : 0;
}

/* The serial in a remote's HEAD, 0 for anything else, or a negative code. */
static int64_t read_head(struct plan *plan)
{
    char text[HEAD_MAX_OCTETS];
    int len;

    if (file_list_find(&plan->there, 0, "HEAD") == NULL)
        return 0;
    len = plan->push->remote->kind->read(plan->push, "HEAD", text, sizeof text);
    if (len == E_FILE_LONG)
        return 0;
    if (len < 0)
        return len;
    if (len > 0 && text[len - 1] == '\n')
        len--;
    return serial_parse(text, (size_t)len);
}

/* Whether the manifest that the remote has of a serial is ours; where we have none any more, of our
 * registry. */
static int check_manifest(struct plan *plan, uint32_t serial)
{
    struct push *push = plan->push;
    char path[FILE_PATH_OCTETS], there[MANIFEST_MAX_OCTETS], here[MANIFEST_MAX_OCTETS];
    struct manifest manifest;
    unsigned line;
    int len, r;

    if (file_list_find(&plan->there, serial, "manifest") == NULL)
        return 0;
    snprintf(path, sizeof path, "%" PRIu32 "/manifest", serial);
    len = push->remote->kind->read(push, path, there, sizeof there);
    if (len < 0 && len != E_FILE_LONG)
        return len;
    if (len < 0 || manifest_parse(there, (size_t)len, &manifest, &line) < 0)
        return 0; /* of no registry's: it is mended */
    if (strcmp(manifest.name, push->local->registry_name) != 0)
        return remote_fail(push, E_REMOTE_OTHER, "it has the registry %s, not %s; see --force",
                           manifest.name, push->local->registry_name);
    r = file_read_unlinked(push->local->fd, path, here, sizeof here);
    if (r < 0 && r != -ENOENT)
        return remote_fail(push, r, "%s/%s: %s", push->local->path, path, error_text(r));
    if (r < 0 || (r == len && memcmp(here, there, (size_t)len) == 0))
        return 0;
    return remote_fail(push, E_REMOTE_OTHER,
                       "its serial %" PRIu32 " is not the one in %s: another publisher's; see "
                       "--force",
                       serial, push->local->path);
}

static int compare_heads(struct plan *plan, int64_t serial)
{
    const struct local_folder *local = plan->push->local;

    return serial > local->serial
               ? remote_fail(plan->push, E_REMOTE_NEWER,
                             "its HEAD is %" PRIi64 ", and that of %s %" PRIu32 "; see --force",
                             serial, local->path, local->serial)
               : check_manifest(plan, (uint32_t)serial);
}

/* That nothing is lost on the remote, unless --force says so. */
static int check_there(struct plan *plan, uint32_t *head)
{
    int64_t serial = read_head(plan);
    int r;

    if (serial < 0)
        return (int)serial;
    *head = (uint32_t)serial;
    r = serial > 0 ? compare_heads(plan, serial) : 0;
    if (r != 0 && (!plan->push->force || (r != E_REMOTE_NEWER && r != E_REMOTE_OTHER)))
        return r;
    plan->doubts_all = serial == 0 || r != 0;
    return 0;
}

static int make_plan(struct plan *plan)
{
    const struct local_folder *local = plan->push->local;
    int r = 0;

    for (size_t i = 0; i < local->files.count && r == 0; i++) {
        const struct listed *file = &local->files.file[i];
        const struct listed *found = file_list_find(&plan->there, file->serial, file->name);
        bool missing = found == NULL || found->octets != file->octets;

        if (missing)
            r = file_list_add(&plan->missing, file->serial, file->name, file->octets);
        if (r == 0 && (missing || plan->doubts_all || file->serial == local->serial))
            r = file_list_add(&plan->doubted, file->serial, file->name, file->octets);
    }
    for (size_t i = 0; i < plan->there.count && r == 0; i++) {
        const struct listed *file = &plan->there.file[i];

        if (file->serial > 0 && file->serial < local->serial &&
            file_list_find(&local->files, file->serial, file->name) == NULL)
            r = file_list_add(&plan->old, file->serial, file->name, file->octets);
    }
    atomic_store(&plan->push->progress->all,
                 file_list_octets(&plan->missing) + file_list_octets(&plan->doubted));
    return no_memory(plan, r);
}

static int put(struct plan *plan, const struct file_list *list, const char *cache_control)
{
    if (list->count == 0)
        return 0;
    plan->pushed->files += list->count;
    plan->pushed->octets += file_list_octets(list);
    return plan->push->remote->kind->put(plan->push, list, cache_control);
}

/* Puts what is missing there, and all of `doubted` if it is not what it should be then. */
static int bring(struct plan *plan, const struct file_list *missing,
                 const struct file_list *doubted, const char *cache_control)
{
    const struct remote_kind *kind = plan->push->remote->kind;
    int r = put(plan, missing, cache_control);

    if (r == 0 && doubted->count > 0)
        r = kind->compare(plan->push, doubted);
    if (r != E_HASH_WRONG)
        return r;
    r = put(plan, doubted, cache_control);
    return r == 0 ? kind->compare(plan->push, doubted) : r;
}

/* Small, and often of the same size as before: put whenever anything is. */
static int bring_beside(struct plan *plan)
{
    const struct file_list *beside = &plan->push->local->beside, none = {.count = 0};
    bool there = true;

    for (size_t i = 0; i < beside->count; i++)
        there = there && file_list_find(&plan->there, 0, beside->file[i].name) != NULL;
    return bring(plan, there ? &none : beside, beside, CACHE_SHORT);
}

static int move_head(struct plan *plan, uint32_t head)
{
    struct push *push = plan->push;
    char text[HEAD_MAX_OCTETS], there[HEAD_MAX_OCTETS];
    int len = snprintf(text, sizeof text, "%" PRIu32 "\n", push->local->serial), r;

    if (head == push->local->serial)
        return 0;
    r = push->remote->kind->set_head(push, text, (size_t)len);
    if (r < 0)
        return r;
    plan->pushed->moved = true;
    r = push->remote->kind->read(push, "HEAD", there, sizeof there);
    if (r >= 0 && (r != len || memcmp(text, there, (size_t)len) != 0))
        r = remote_fail(push, E_HASH_WRONG, "HEAD: %s", error_text(E_HASH_WRONG));
    return r < 0 ? r : 0;
}

static int run(struct plan *plan)
{
    struct push *push = plan->push;
    const struct remote_kind *kind = push->remote->kind;
    uint32_t head;
    int r = kind->list(push, &plan->there);

    if (r < 0)
        return r;
    file_list_sort(&plan->there);
    r = check_there(plan, &head);
    if (r == 0)
        r = make_plan(plan);
    if (r == 0)
        r = bring(plan, &plan->missing, &plan->doubted, CACHE_FOR_EVER);
    if (r == 0)
        r = bring_beside(plan);
    /* Meanwhile another may have been here. */
    if (r == 0)
        r = check_there(plan, &head);
    if (r == 0)
        r = move_head(plan, head);
    if (r == 0 && plan->old.count > 0) {
        r = kind->remove(push, &plan->old);
        plan->pushed->removed = plan->old.count;
    }
    return r;
}

int one_remote(struct push *push, struct pushed *pushed)
{
    struct plan plan = {.push = push, .pushed = pushed};
    int r;

    *pushed = (struct pushed){.files = 0};
    r = push->remote->kind->open != NULL ? push->remote->kind->open(push) : 0;
    if (r == 0)
        r = run(&plan);
    if (push->remote->kind->close != NULL)
        push->remote->kind->close(push);
    file_list_free(&plan.there);
    file_list_free(&plan.missing);
    file_list_free(&plan.doubted);
    file_list_free(&plan.old);
    return r;
}
