// The heading is hidden before the first paint of its final place, centred, and faded in.
// A reader without scripts keeps a plain, visible heading: nothing in the stylesheet hides it.
jQuery(function ($) {
  var heading = $('h1');

  heading.hide();
  heading.css('text-align', 'center');
  heading.fadeIn(400);
});
