#include "mentions/companions.h"
#include <stddef.h>
#include <string.h>

/* docs.docker.com/desktop/setup/allow-list */
#define DOCKER_HUB                                                                                 \
    "registry-1.docker.io auth.docker.io production.cloudflare.docker.com "                        \
    "production.cloudfront.docker.com "                                                            \
    "docker-images-prod.6aa30f8b08e16409b46e0173d6de2f56.r2.cloudflarestorage.com"

static const struct companions table[] = {
    {"docker.io", DOCKER_HUB},
    {"index.docker.io", DOCKER_HUB},
    {"registry-1.docker.io", DOCKER_HUB},
    {"ghcr.io", "pkg-containers.githubusercontent.com"},
    {"quay.io", "cdn.quay.io cdn01.quay.io cdn02.quay.io cdn03.quay.io"},
    {"registry.gitlab.com", "gitlab.com cdn.registry.gitlab-static.net"},
    {"pypi.org", "files.pythonhosted.org"},
    {"crates.io", "index.crates.io static.crates.io"},
    {"index.crates.io", "static.crates.io"},
    {"proxy.golang.org", "sum.golang.org"},
    {"rubygems.org", "index.rubygems.org"},
};

const struct companions *companions_find(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].of, name) == 0)
            return &table[i];
    return NULL;
}
