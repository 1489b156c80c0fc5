//! What the tokenizer reads, against html5ever alone.

use super::dom::{Desk, ROOT, parse_in_pieces};
use super::mutations::outline;
use crate::fixture::cases;

/// What is rare, and what ends in the middle.
const ODD: &[&str] = &[
    "<!DOCTYPE html><HTML lang=en><title>a &amp; b</TITLE ><p>c<br/>d<a/b/ href = \"x&amp;y\"e='f'g=h/>i",
    "<!doctype html public \"-//W3C//DTD HTML 3.2//EN\"><p>a<table><tr><td>b",
    "\u{feff}<p>a",
    "a\r\nb\rc<pre>\n\nd</pre><textarea>\n&lt;e</textarea>",
    "a\0b<i c=\0>",
    "&lt;&#60;&#x3c;&#X3C;&#128;&#0;&#13;&#xd800;&#xfffe;&#1114112;&#99999999999;&#x;&#;&#60",
    "&ampx&amp&ampamp;&notit;&notin;&nosuch;&;& &copy&copy;&NotEqualTilde;&ThickSpace;&CounterClockwiseContourIntegral;",
    "<a b=&amp=1 c=&ampx d=\"&copy=&copy1&copy;&copy\" e='&lt' f=&#38;#38;>&am",
    "<!----><!--a--><!-- --!>b--><!-->c<!--->d<!--e--f--><!--<!--g-->h<!--i--- -->j<!--k--!x-->",
    "<!x><?y><![CDATA[z]]></1></></a b=c>< a<1<",
    "<script>a<!--<script>b</script>c--></script>d<script>'</scr'<!-e</script x>f",
    "<script>a</script<style>b{}</STYLE\n>c<style></styles></style/>d<title></title",
    "<xmp><b></xmp><iframe><i></iframe><noembed><u></noembed><noframes><s></noframes><plaintext>a<b",
    "<noscript><p>a</noscript>b<select><option>c<input>d</select>",
    "<svg viewbox=a><title><b>c</b></title><foreignObject><div><![CDATA[d]]></div></foreignobject><![CDATA[e<f]]></svg>g",
    "<math><mi>a<b>c</math><template><td>d</template><table>e<tr>f<td>g</table>",
    "<p a=1 A=2 b b=3 =c \"d='e f=\"g\"h=i =j>k</p =l><img src=a/><img src=a /><br / ><b/c>",
    "<x\u{e9} \u{e9}=\u{e9}>\u{e9}</x\u{e9}><A B>c</a><a\u{c}b\u{c}=\u{c}c>",
    "<p>\u{1}\u{7f}&#1;&#127;\u{e000}<frameset><frame></frameset>",
    "<pre>&#10;a</pre><pre>&#10</pre><listing>\n</listing>",
    "<b><p>a</b>b</p><a>c<a>d</a></a><i><table><tr><b>e</table>f",
];

fn same(desk: &mut Desk, page: &str) {
    for scripting in [false, true] {
        let read = desk.parse(page, scripting);
        let wanted = parse_in_pieces(page, scripting, &[]);
        assert_eq!(outline(&read, ROOT), outline(&wanted, ROOT), "{page:?}");
        desk.clear(read);
    }
}

#[test]
fn odd_pages_are_read_as_by_html5ever_alone() {
    let mut desk = Desk::new();
    for page in ODD {
        for (end, _) in page.char_indices() {
            same(&mut desk, &page[..end]);
            same(&mut desk, &format!("{}<p>a</p>", &page[..end]));
        }
        same(&mut desk, page);
    }
}

#[test]
fn pages_of_the_cases_are_read_as_by_html5ever_alone() {
    let mut desk = Desk::new();
    for folder in ["minify", "prove/equal", "prove/differs", "prove/mutations"] {
        for case in cases(&format!("template/{folder}")) {
            case.names()
                .for_each(|name| same(&mut desk, case.section(name)));
        }
    }
}
