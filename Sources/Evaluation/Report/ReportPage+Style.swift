extension ReportPage {
    /// Light or dark as the reader's system is; one column on a telephone.
    static let style = """
        :root{color-scheme:light dark;--ground:#fbfbfa;--panel:#fff;--ink:#1d1f22;--soft:#5d636b;--rule:#dcdfe3;\
        --line:#2463b4;--cut:#c8281e;--border:#9aa1aa}
        @media(prefers-color-scheme:dark){:root{--ground:#15171a;--panel:#1d2024;--ink:#e8eaed;--soft:#a2a9b2;\
        --rule:#343a41;--line:#7fb2f0;--cut:#ff7a6e;--border:#6b737d}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
        main{max-width:1120px;margin:0 auto;padding:24px 20px 48px}
        h1{font-size:1.6rem;line-height:1.25;margin:0 0 16px;overflow-wrap:anywhere}
        h2{font-size:1.25rem;margin:0;overflow-wrap:anywhere}
        h3{font-size:1.05rem;margin:28px 0 4px}
        p{margin:0 0 10px;color:var(--soft)}
        a{color:var(--line)}
        section:only-of-type h2{display:none}
        section{margin-top:32px;padding-top:20px;border-top:2px solid var(--rule)}
        .prompt{color:var(--ink);font-size:1.05rem}
        .unit,.none{color:var(--soft);font-weight:400;font-size:.85em}
        .figures{margin:16px 0;border-bottom:1px solid var(--rule)}
        .figure{display:grid;grid-template-columns:190px 150px 1fr;gap:2px 16px;padding:7px 0;\
        border-top:1px solid var(--rule);align-items:baseline}
        .figure dt::first-letter,tbody th::first-letter,figcaption::first-letter{text-transform:uppercase}
        .figure dt{font-weight:600}
        .figure dd{margin:0;color:var(--soft)}
        .figure .value{color:var(--ink);font-variant-numeric:tabular-nums}
        details{color:var(--soft);font-size:.9rem}
        details li{overflow-wrap:anywhere}
        .slice{background:var(--panel);overflow:hidden}
        .slice img{display:block;height:180px;image-rendering:pixelated;max-width:none}
        .ticks{display:block;width:100%;height:12px}
        .ticks line.border{stroke-dasharray:none;opacity:1}
        .axis{display:flex;justify-content:space-between;color:var(--soft);font-size:.8rem}
        .sheet{display:grid;grid-template-columns:repeat(auto-fill,minmax(120px,1fr));gap:10px}
        .sheet figure{margin:0}
        .sheet img{display:block;width:100%;image-rendering:pixelated}
        .sheet figcaption{font-size:.8rem;color:var(--soft)}
        .after-cut{outline:3px solid var(--cut)}
        .after-cut figcaption{color:var(--cut);padding:0 4px;font-weight:600}
        .charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:20px}
        .chart{margin:0}
        .chart figcaption{font-weight:600;margin-bottom:4px}
        .plot{background:var(--panel);border:1px solid var(--rule)}
        .plot svg{display:block;width:100%;height:120px}
        polyline{fill:none;stroke:var(--line);stroke-width:1.6;vector-effect:non-scaling-stroke;stroke-linejoin:round}
        line{vector-effect:non-scaling-stroke}
        line.cut{stroke:var(--cut);stroke-width:2}
        line.border{stroke:var(--border);stroke-width:1;stroke-dasharray:2 3;opacity:.7}
        .wide{overflow-x:auto}
        table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
        th,td{padding:4px 12px 4px 0;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}
        th:first-child{text-align:left;font-weight:600;position:sticky;left:0;background:var(--ground)}
        .mean{font-weight:600}
        footer{margin-top:40px;color:var(--soft);font-size:.85rem}
        @media(max-width:640px){main{padding:16px 14px 40px}h1{font-size:1.3rem}\
        .figure{grid-template-columns:1fr auto}.figure dd:last-child{grid-column:1/-1}\
        .slice img{height:130px}.sheet{grid-template-columns:repeat(3,1fr);gap:6px}}
        """
}
