"""The text of the gateway's Nginx configuration, to be filled in by phoenix.plan.nginx.

Every directive is one of Nginx 1.22 (Debian 12) and 1.26 (Debian 13): https://nginx.org/en/docs/dirindex.html
"""

TEMPLATE = """\
# Written by phoenix; changes made here are undone by the next run.
map $http_upgrade $connection_upgrade {
    default upgrade;
    ''      '';
}

# gRPC is HTTP/2 on the whole way; grpc-web is not
map "$server_protocol $content_type" $gateway_grpc {
    default                                      '';
    "~*^HTTP/2[.]0 application/grpc(?:[+;]|$)" grpc;
}
{% for name, variable, value in added %}

map $upstream_http_{{ variable }} $gateway_{{ variable }} {
    '' "{{ value }}";
}
{% endfor %}

upstream traefik {
    server {{ traefik_address }}:443;
    keepalive 32;
}

# apart from the other: a connection that is kept is found by its address alone, whichever HTTP it speaks
upstream traefik_grpc {
    server {{ traefik_address }}:443;
    keepalive 32;
}

# thousands of names of up to 253 characters
server_names_hash_max_size    8192;
server_names_hash_bucket_size 1024;

# headers of requests; one of them may have 32 KiB
large_client_header_buffers 4 32k;
underscores_in_headers      on;

server {
    listen 80 default_server;
    server_name _;
    return 301 https://$host$request_uri;
}

ssl_certificate     {{ server.certificate }};
ssl_certificate_key {{ server.key }};
ssl_session_cache   shared:gateway:4m;

{% macro entrance(default="") %}
    listen 443 ssl http2{{ default }};
{% if proxies and proxies.proxy_protocol_port %}
    listen {{ proxies.proxy_protocol_port }} ssl http2 proxy_protocol{{ default }};
{% endif %}
    # the distribution's nginx.conf has older ones, too, and two lists on one level are one
    ssl_protocols TLSv1.2 TLSv1.3;
{% if proxies %}
{% for network in proxies.networks %}
    set_real_ip_from {{ network }};
{% endfor %}
    real_ip_header {{ "proxy_protocol" if proxies.proxy_protocol_port else "X-Forwarded-For" }};
    real_ip_recursive on;
{% endif %}
{% for name, variable, value in added %}
    add_header {{ name }} $gateway_{{ variable }} always;
{% endfor %}
{% endmacro %}
# a name that nobody serves
server {
{{ entrance(" default_server") }}
    server_name _;
    return 404;
}

server {
{{ entrance() }}
    server_name {{ gateway_host }};
    location = / {
        default_type text/plain;
        return 200 "gateway of {{ domain }}\\n";
    }
    location / {
        return 404;
    }
}
{% for site in sites %}

server {
{{ entrance() }}
    server_name
{%- for host in site.hosts %}

        {{ host }}
{%- endfor %};

    client_max_body_size {{ site.max_body }};
    client_body_timeout 3600s;
    send_timeout 3600s;

    location / {
        if ($gateway_grpc) {
            grpc_pass grpcs://traefik_grpc;
        }
        proxy_pass https://traefik;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        proxy_buffering {{ site.buffering }};
        proxy_request_buffering {{ site.buffering }};
        # the headers of an answer must fit into one
        proxy_buffers 4 64k;
{% for kind in ("proxy", "grpc") %}

{% for name, value in forwarded.items() %}
        {{ kind }}_set_header {{ name }} {{ value }};
{% endfor %}
{% for name in aliases %}
        {{ kind }}_set_header {{ name }} "";
{% endfor %}
        {{ kind }}_buffer_size 64k;
        {{ kind }}_send_timeout 3600s;
        {{ kind }}_read_timeout {{ site.read_timeout }};
        {{ kind }}_ssl_server_name on;
        {{ kind }}_ssl_name {{ traefik_host }};
        {{ kind }}_ssl_verify on;
        {{ kind }}_ssl_verify_depth 2;
        {{ kind }}_ssl_trusted_certificate {{ root }};
        {{ kind }}_ssl_certificate {{ client.certificate }};
        {{ kind }}_ssl_certificate_key {{ client.key }};
{% endfor %}
    }
}
{% endfor %}
"""
