"""`chalklens serve`: the MCP server.

How it is used: by a host, over stdio; by hand, `chalklens serve --transport http --root sheets`.
What it leaves out: everything else; `server/app.py` puts the parts together.
"""

from server.commands import options
from server.commands.options import make_settings


def serve(
    transport: options.TransportOption = None,
    root: options.RootOption = None,
    allow_url: options.AllowUrlOption = None,
    allow_url_host: options.AllowUrlHostOption = None,
    model: options.ModelOption = None,
    adapter: options.AdapterOption = None,
    quantize: options.QuantizeOption = None,
    labeller: options.LabellerOption = None,
    toolsets: options.ToolsetsOption = None,
    read_only: options.ReadOnlyOption = None,
    data_dir: options.DataDirOption = None,
    record: options.RecordOption = None,
    store: options.StoreOption = None,
    embedder: options.EmbedderOption = None,
    reranker: options.RerankerOption = None,
    host: options.HostOption = None,
    port: options.PortOption = None,
    token_file: options.TokenFileOption = None,
    allowed_host: options.AllowedHostOption = None,
    allowed_origin: options.AllowedOriginOption = None,
    threads: options.ThreadsOption = None,
    sheet_workers: options.SheetWorkersOption = None,
    log_level: options.LogLevelOption = None,
) -> None:
    """Serve the tools over MCP: stdio for a host on this machine, or HTTP."""
    settings = make_settings(
        transport=transport,
        roots=root,
        allow_url=allow_url,
        allow_url_hosts=allow_url_host,
        model=model,
        adapter=adapter,
        quantize=quantize,
        labeller=labeller,
        toolsets=toolsets,
        read_only=read_only,
        data_dir=data_dir,
        record=record,
        store=store,
        embedder=embedder,
        reranker=reranker,
        host=host,
        port=port,
        token_file=token_file,
        allowed_hosts=allowed_host,
        allowed_origins=allowed_origin,
        threads=threads,
        sheet_workers=sheet_workers,
        log_level=log_level,
    )
    from server.app import create_server
    from server.transports import serve as serve_over

    serve_over(create_server(settings), settings)
